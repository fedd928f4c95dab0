namespace PatchEdge.Agent.Permits;

/// <summary>Why a message that claims a right gave none. Each is counted by itself; none is told to whoever sent it, save through a genuine run's progress.</summary>
internal enum Refusal
{
    /// <summary>The broker kept it: whoever published it, it is history.</summary>
    Retained,

    /// <summary>Too long, not text, or a required field is missing.</summary>
    Malformed,

    /// <summary>Its type, key or signature is not the scheduler's.</summary>
    NotGenuine,

    OtherSite,

    OtherHost,

    /// <summary>Its run is not the one that the nonce was made for.</summary>
    OtherRun,

    /// <summary>Its step or token is not the one that the go-ahead was asked for.</summary>
    OtherStep,

    /// <summary>This agent, since its start, has not made this nonce, or has dropped it after its longest lifetime.</summary>
    UnknownNonce,

    /// <summary>The nonce has been answered before: a replay.</summary>
    UsedNonce,

    Expired,

    /// <summary>Its fencing token is not higher than the highest accepted.</summary>
    TokenNotHigher,

    ProcedureUnknown,

    /// <summary>What is installed under the procedure's name is not what was approved.</summary>
    ProcedureChanged,

    /// <summary>Its patch is not the one that was offered.</summary>
    OtherPatch,

    /// <summary>Another run is under way, or its end is not on the scheduler's record yet.</summary>
    Busy,

    /// <summary>The agent's own state is damaged or cannot be written.</summary>
    StateUnusable,

    /// <summary>More arrived than is looked at.</summary>
    Flood,
}
