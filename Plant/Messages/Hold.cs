using System.Text.Json.Serialization;

namespace PatchEdge.Plant.Messages;

/// <summary>Scheduler → gateway: ask a line's controller to refuse to start, or to be free again.</summary>
/// <remarks>
/// Topic: <see cref="Topics.HoldRequest"/>; never retained. Safe to send again: the controller answers a repeated token as it did
/// before, and refuses any that is not higher than the highest it has seen.
/// </remarks>
public sealed record HoldRequest
{
    public required string Run { get; init; }

    public required string Line { get; init; }

    public required HoldAction Action { get; init; }

    /// <summary>Fencing token of the run's release intent; see <see cref="Permit.Token"/>.</summary>
    public required long Token { get; init; }

    /// <summary>How long the hold is meant to last, in milliseconds; 0 when releasing. Expiry never clears it silently.</summary>
    public required long DurationMs { get; init; }

    /// <summary>Chosen anew for each sending; the reply repeats it.</summary>
    public required string Request { get; init; }
}

[JsonConverter(typeof(ByNameConverter<HoldAction>))]
public enum HoldAction
{
    /// <summary>Refuse to start a batch from now on.</summary>
    Hold,

    /// <summary>The run with this token is complete: batches may start.</summary>
    Release,
}

/// <summary>Gateway → scheduler: what the line's controller answered, and the line as read from it after that answer.</summary>
/// <remarks>Topic: <see cref="Topics.HoldReply"/>; never retained.</remarks>
public sealed record HoldReply
{
    public required string Run { get; init; }

    public required string Line { get; init; }

    public required string Gateway { get; init; }

    public required HoldAction Action { get; init; }

    public required long Token { get; init; }

    public required string Request { get; init; }

    /// <summary>The controller granted the hold, or cleared it. False also when it could not be asked.</summary>
    public required bool Granted { get; init; }

    /// <summary>The controller answered; false: nothing is known about the hold.</summary>
    public required bool Answered { get; init; }

    /// <summary>The controller's count of grants; null when it did not say.</summary>
    public long? Epoch { get; init; }

    /// <summary>Why not, when not granted.</summary>
    public string Reason { get; init => field = value ?? ""; } = "";

    /// <summary>
    /// The line's idle conditions hold on values read from the server, not from its cache, after the hold was acknowledged; null
    /// when they were not read. The re-check between hold and permit.
    /// </summary>
    public bool? IdleAfterHold { get; init; }

    /// <summary>When those values were read, UTC by the gateway's clock; null when they were not.</summary>
    public DateTimeOffset? ReadAt { get; init; }
}
