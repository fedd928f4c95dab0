using System.Security.Cryptography;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Tests.Harness;

/// <summary>The scheduler's key, and what it signs.</summary>
internal sealed class SchedulerKey : IDisposable
{
    public const string Site = "Demo";
    public const string Host = "filling-hmi";
    public static readonly string Patch = new('a', 64);

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public AgentIdentity Identity => new(Site, Host, "boot", Key.ExportSubjectPublicKeyInfoPem());

    public static PermitOffer Offer(Procedure procedure, string run = "run-1") => new()
    {
        Run = run,
        Host = Host,
        Procedure = procedure.Name,
        ProcedureDigest = procedure.Digest(),
        PatchDigest = Patch,
    };

    public static Permit Permit(Procedure procedure, string nonce, string run = "run-1", long token = 7) => new()
    {
        Site = Site,
        Run = run,
        Host = Host,
        Lines = ["Filling"],
        Procedure = procedure.Name,
        ProcedureDigest = procedure.Digest(),
        PatchDigest = Patch,
        Token = token,
        Nonce = nonce,
        LifetimeMs = 30_000,
        IssuedAt = DateTimeOffset.UnixEpoch,
        LedgerHash = new string('b', 64),
    };

    public string Sign(Permit permit, string type = SignedToken.PermitType) => SignedToken.Sign(permit, type, Key, MessageJson.Default.Permit);

    public string Sign(GoAhead goAhead, string type = SignedToken.GoAheadType) => SignedToken.Sign(goAhead, type, Key, MessageJson.Default.GoAhead);

    public static GoAhead GoAhead(GoAheadRequest request, bool granted = true) => new()
    {
        Run = request.Run,
        Host = request.Host,
        Token = request.Token,
        Step = request.Step,
        Nonce = request.Nonce,
        Granted = granted,
        LifetimeMs = 10_000,
        Reason = granted ? "" : "a batch was loaded",
    };

    public void Dispose() => Key.Dispose();
}
