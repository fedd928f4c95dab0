using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.State;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Permits;

/// <summary>What became of a message that claims to be a permit.</summary>
internal sealed record PermitVerdict
{
    /// <summary>Null when it was accepted.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>For the log, and for the scheduler when <see cref="Reportable"/>.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The verified permit; null when it was refused before it was known to answer a nonce of ours.</summary>
    public Permit? Permit { get; init; }

    public Procedure? Procedure { get; init; }

    /// <summary>When accepted: until when the run may begin.</summary>
    public Permission Permission { get; init; }

    /// <summary>The scheduler itself signed it in answer to our own nonce, so it is told of the refusal; one nonce, at most one such message.</summary>
    public bool Reportable => Refusal is not null && Permit is not null;
}

/// <summary>Answers offers with nonces, and judges permits. Pure but for its nonces and the clock: it neither stores nor sends. One caller at a time.</summary>
internal sealed partial class PermitDesk(AgentIdentity identity, ProcedureShelf procedures, AgentTimings timings, TimeProvider time) : IDisposable
{
    /// <summary>Nonces made per period; offers carry no signature, so they must not make us talk without end.</summary>
    private const int MaximumOffers = 8;
    private static readonly TimeSpan OfferPeriod = TimeSpan.FromSeconds(10);

    private readonly ECDsa key = identity.CreateKey();
    private readonly PendingNonces nonces = new(timings.LongestLifetime, time);
    private long periodStart = time.GetTimestamp();
    private int offersInPeriod;

    /// <summary>A request to be sent at once, its lifetime running from now; null with the reason when the agent is not ready for this run.</summary>
    public PermitRequest? Answer(PermitOffer offer, AgentState? state, string? fault, out string declined)
    {
        declined = Decline(offer, state, fault) ?? "";
        if (declined.Length > 0)
            return null;
        if (nonces.Open(offer) is { } pending)
            return new PermitRequest { Run = offer.Run, Host = identity.Host, Boot = identity.Boot, Nonce = pending.Nonce };
        declined = $"{PendingNonces.MaximumOpen} nonces are open already; it is asked again once they have died of age";
        return null;
    }

    /// <param name="payload">Anything at all, from anyone.</param>
    /// <param name="retained">The broker's flag.</param>
    /// <param name="state">What is stored; null while <paramref name="fault"/> says why not.</param>
    /// <param name="fault">See <see cref="StateStore.Fault"/>.</param>
    public PermitVerdict Judge(ReadOnlyMemory<byte> payload, bool retained, AgentState? state, string? fault)
    {
        if (retained)
            return Refuse(Refusal.Retained, "the broker kept it; a permit is never retained");
        if (payload.Length > SignedToken.MaximumLength)
            return Refuse(Refusal.Malformed, $"it has {payload.Length} bytes");
        if (!SignedToken.TryVerify(Encoding.UTF8.GetString(payload.Span), SignedToken.PermitType, key, MessageJson.Default.Permit, out var permit, out var why))
            return Refuse(Refusal.NotGenuine, why);
        if (permit is not { Site: not null, Host: not null, Run: not null, Nonce: not null, Procedure: not null, ProcedureDigest: not null, PatchDigest: not null })
            return Refuse(Refusal.Malformed, "a field of it is null");
        if (permit.Site != identity.Site)
            return Refuse(Refusal.OtherSite, $"it is for site '{permit.Site}'");
        if (permit.Host != identity.Host)
            return Refuse(Refusal.OtherHost, $"it is for host '{permit.Host}'");
        if (nonces.Take(permit.Nonce, out var nonceRefusal) is not { } pending)
            return Refuse(nonceRefusal, $"its nonce, for run '{permit.Run}', is not open");
        if (permit.Run != pending.Offer.Run)
            return Refuse(Refusal.OtherRun, $"its nonce was made for run '{pending.Offer.Run}', not for '{permit.Run}'");
        return Judge(permit, pending, state, fault);
    }

    public void Dispose() => key.Dispose();

    private PermitVerdict Judge(Permit permit, PendingNonce pending, AgentState? state, string? fault)
    {
        PermitVerdict Report(Refusal refusal, string detail) => Refuse(refusal, detail) with { Permit = permit };

        if (state is null || fault is not null)
            return Report(Refusal.StateUnusable, fault ?? "no state");
        if (state.Pending is { } busy)
            return Report(Refusal.Busy, $"run '{busy.Run}' is {busy.Progress.Phase}");
        var lifetime = TimeSpan.FromMilliseconds(permit.LifetimeMs);
        var permission = new Permission(pending.Sent, lifetime < timings.LongestLifetime ? lifetime : timings.LongestLifetime);
        if (!permission.IsLive(time))
            return Report(Refusal.Expired, $"{pending.Sent.Elapsed(time).TotalMilliseconds:0} ms have passed since its nonce was sent, it lives {permission.Lifetime.TotalMilliseconds:0} ms");
        if (permit.Token <= state.HighestToken)
            return Report(Refusal.TokenNotHigher, $"its token {permit.Token} is not higher than {state.HighestToken}, the highest accepted");
        if (procedures.Find(permit.Procedure, out var digest) is not { } procedure)
            return Report(Refusal.ProcedureUnknown, $"no procedure '{permit.Procedure}' is installed");
        if (permit.Procedure != pending.Offer.Procedure || permit.ProcedureDigest != digest)
            return Report(Refusal.ProcedureChanged, $"procedure '{permit.Procedure}' was approved with digest {permit.ProcedureDigest}; installed is {digest}");
        if (permit.PatchDigest != pending.Offer.PatchDigest)
            return Report(Refusal.OtherPatch, "its patch is not the one that was offered");
        return new PermitVerdict { Permit = permit, Procedure = procedure, Permission = permission };
    }

    private string? Decline(PermitOffer offer, AgentState? state, string? fault)
    {
        if (offer.Host != identity.Host)
            return $"it is for host '{offer.Host}'";
        if (fault is not null || state is null)
            return fault ?? "no state";
        if (!RunName().IsMatch(offer.Run ?? "") || !Digest().IsMatch(offer.PatchDigest ?? ""))
            return "its run or patch digest is not of the form that may reach a command's environment";
        if (state.Pending is { } busy)
            return $"run '{busy.Run}' is {busy.Progress.Phase}" + (busy.IsOver ? " and not acknowledged yet" : "");
        if (procedures.Find(offer.Procedure ?? "", out var digest) is null)
            return $"no procedure '{offer.Procedure}' is installed";
        if (digest != offer.ProcedureDigest)
            return $"procedure '{offer.Procedure}' was approved with digest {offer.ProcedureDigest}; installed is {digest}";
        return IsTooMany() ? "offers come too fast" : null;
    }

    private bool IsTooMany()
    {
        if (time.GetElapsedTime(periodStart) >= OfferPeriod)
            (periodStart, offersInPeriod) = (time.GetTimestamp(), 0);
        if (offersInPeriod >= MaximumOffers)
            return true;
        offersInPeriod++;
        return false;
    }

    private static PermitVerdict Refuse(Refusal refusal, string detail) => new() { Refusal = refusal, Detail = detail };

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z", RegexOptions.NonBacktracking)]
    private static partial Regex RunName();

    [GeneratedRegex("^[0-9a-f]{64}\\z", RegexOptions.NonBacktracking)]
    private static partial Regex Digest();
}
