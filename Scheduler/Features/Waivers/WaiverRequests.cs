using PatchEdge.Scheduler.Access;

namespace PatchEdge.Scheduler.Features.Waivers;

/// <param name="Line">A line of the job's host that cannot be held.</param>
/// <param name="Minutes">1 to 480.</param>
/// <param name="Reason">For the record.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account, entered anew for this signature.</param>
public sealed record StandByRequest(string Line, int Minutes, string? Reason, string? Name, string? Password) : ISigned;

/// <param name="Minutes">1 to 1440; who signs second signs the first one's.</param>
/// <param name="Reason">For the record.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account, entered anew for this signature.</param>
/// <param name="GapSeconds">How long critical tags may be without any path meanwhile; absent leaves coverage as it is.</param>
/// <param name="Lost">With it, the <c>lostDigest</c> that GET <c>/api/jobs/{id}/waivers</c> showed.</param>
public sealed record BreakGlassRequest(int Minutes, string? Reason, string? Name, string? Password, int? GapSeconds = null, string? Lost = null) : ISigned;

/// <param name="GapSeconds">How long critical tags may be without any path while the run has its host, 1 to 86400.</param>
/// <param name="Lost">The <c>lostDigest</c> that GET <c>/api/jobs/{id}/waivers</c> showed: which tags.</param>
/// <param name="Minutes">1 to 1440; who signs second signs the first one's.</param>
/// <param name="Reason">For the record.</param>
/// <param name="Name">Of who signs: the account that is signed in.</param>
/// <param name="Password">Of that account, entered anew for this signature.</param>
public sealed record GapBudgetRequest(int GapSeconds, string? Lost, int Minutes, string? Reason, string? Name, string? Password) : ISigned;
