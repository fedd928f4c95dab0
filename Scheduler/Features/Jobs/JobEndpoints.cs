using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary><c>/api/jobs</c>: what there is, why it waits, and what people may do about it.</summary>
internal static class JobEndpoints
{
    private const int LongestReason = 500;

    public static void MapJobs(this IEndpointRouteBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("/", async (JobQueries queries, CancellationToken cancellation) => (await queries.ListAsync(cancellation)).ToArray())
            .RequireAuthorization(Policies.View).WithSummary("The newest jobs, those that are not over first.");
        jobs.MapGet("/{id}", FindAsync).RequireAuthorization(Policies.View).WithSummary("One job.");
        jobs.MapGet("/{id}/why", WhyAsync).RequireAuthorization(Policies.View).WithSummary("Every gate with its value, reason and since-when: evaluated now, or with ?at= as it was on record.");
        jobs.MapPost("/", AddAsync).RequireAuthorization(Policies.Schedule).WithSummary("Adds a job, or changes one that has not been released.");
        jobs.MapPost("/{id}/approve", ApproveAsync).RequireAuthorization(Policies.Approve)
            .WithSummary("Signs, with name and password, that the job is approved exactly as its contentHash says.");
        jobs.MapPost("/{id}/revoke", (string id, ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
            AskAsync(inbox, new Order.Withdraw(id, RunState.Revoked, Reason(body.Reason, "revoked"), Name(user)), cancellation))
            .RequireAuthorization(Policies.Schedule).WithSummary("Withdraws the job; one that is executing gets no further go-ahead.");
        jobs.MapPost("/{id}/abort", (string id, ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
            AskAsync(inbox, new Order.Withdraw(id, RunState.Aborted, Reason(body.Reason, "aborted"), Name(user)), cancellation))
            .RequireAuthorization(Policies.Schedule).WithSummary("Gives the job up; one that is executing gets no further go-ahead.");
        jobs.MapPost("/{id}/retry", (string id, ReasonRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation) =>
            AskAsync(inbox, new Order.Retry(id, Reason(body.Reason, "tried again"), Name(user)), cancellation))
            .RequireAuthorization(Policies.Schedule).WithSummary("Adds an attempt to a job that was aborted, revoked or expired.");
        jobs.MapPost("/{id}/settle", SettleAsync).RequireAuthorization(Policies.Approve).WithSummary("Signs, with name and password, that a quarantined run is known to be Done or Aborted; two people must agree.");
        api.MapGet("/file-errors", (JobFolder folder, CalendarShelf calendars, TrainingShelf training) =>
            new FileErrorsView(folder.Errors, calendars.Current.Errors, training.Current.Errors))
            .RequireAuthorization(Policies.View).WithTags("Jobs").WithSummary("Everything that is wrong with job files, calendars and training tables.");
    }

    /// <summary>Who asks, as the ledger will name them.</summary>
    public static string Name(ClaimsPrincipal user) => user.Identity?.Name ?? throw new InvalidOperationException("An order needs somebody who is signed in.");

    /// <summary>Asks the runner and answers in the words of HTTP.</summary>
    public static async Task<JsonHttpResult<OrderView>> AskAsync(RunnerInbox inbox, Order order, CancellationToken cancellation)
    {
        var result = await inbox.AskAsync(order, cancellation);
        return TypedResults.Json(new OrderView(result.Outcome.ToString(), result.Messages), statusCode: result.Outcome switch
        {
            OrderOutcome.Done or OrderOutcome.Unchanged => StatusCodes.Status200OK,
            OrderOutcome.NotFound => StatusCodes.Status404NotFound,
            OrderOutcome.Refused => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status503ServiceUnavailable,
        });
    }

    public static string Reason(string? reason, string fallback)
    {
        var text = Plant.Files.Text.Printable.Line(reason?.Trim() ?? "");
        return text.Length == 0 ? fallback : text.Length > LongestReason ? text[..LongestReason] : text;
    }

    private static async Task<Results<Ok<JobView>, NotFound>> FindAsync(string id, JobQueries queries, CancellationToken cancellation) =>
        await queries.FindAsync(id, cancellation) is { } job ? TypedResults.Ok(job) : TypedResults.NotFound();

    /// <param name="id">The job.</param>
    /// <param name="at">A past instant with its offset; absent means now.</param>
    /// <param name="now">Answers for now.</param>
    /// <param name="past">Answers from the record.</param>
    /// <param name="cancellation">Stops it.</param>
    private static async Task<Results<Ok<WhyView>, NotFound, BadRequest<string>>> WhyAsync(string id, string? at, JobQueries now, PastQueries past, CancellationToken cancellation)
    {
        DateTimeOffset? instant = null;
        if (at is not null && (instant = JobFile.Time(at)) is null)
            return TypedResults.BadRequest("'at' must be a time with its offset from UTC, such as 2026-03-29T02:00:00Z");
        return (instant is { } then ? await past.WhyAsync(id, then, cancellation) : await now.WhyAsync(id, cancellation)) is { } why ? TypedResults.Ok(why) : TypedResults.NotFound();
    }

    private static Task<JsonHttpResult<OrderView>> AddAsync(JobRequest body, RunnerInbox inbox, ClaimsPrincipal user, CancellationToken cancellation)
    {
        var local = user.Identity?.AuthenticationType == LocalToken.Scheme;
        var draft = new JobDraft
        {
            Id = body.Id,
            Host = body.Host,
            Procedure = body.Procedure,
            PatchName = body.PatchName,
            PatchDigest = body.PatchDigest.ToLowerInvariant(),
            NotBefore = body.NotBefore?.ToUniversalTime(),
            Due = body.Due?.ToUniversalTime(),
            Priority = body.Priority,
            ExpectedDuration = body.ExpectedDurationMs is { } expected ? TimeSpan.FromMilliseconds(Math.Clamp(expected, 0, 30 * 86_400_000L)) : null,
            GapBudget = body.GapBudgetMs is { } gap ? TimeSpan.FromMilliseconds(Math.Clamp(gap, 0, 30 * 86_400_000L)) : null,
            RequestedBy = local && body.RequestedBy is { Length: > 0 } named ? named : Name(user),
        };
        return AskAsync(inbox, new Order.Add(draft, local ? "command line" : "api", Name(user)), cancellation);
    }

    private static async Task<JsonHttpResult<OrderView>> ApproveAsync(string id, ApprovalRequest body, HttpContext context) => body.Content is { Length: > 0 } content
        ? await RequestSigning.AskAsync(context, body, SignatureMeanings.Approval, content, (by, signature) => new Order.Approve(id, Reason(body.Reason, ""), by, signature))
        : RequestSigning.Refused($"content: needs the contentHash that GET /api/jobs/{id} shows, so that you sign what you have seen");

    private static async Task<Results<JsonHttpResult<OrderView>, BadRequest<string>>> SettleAsync(string id, SettleRequest body, JobQueries queries, HttpContext context)
    {
        if (!Enum.TryParse<RunState>(body.As, out var settled) || settled is not (RunState.Done or RunState.Aborted))
            return TypedResults.BadRequest("'as' must be Done or Aborted");
        if (Reason(body.Reason, "") is not { Length: > 0 } reason)
            return RequestSigning.Refused("reason: needs 1 to 500 characters: how is that known?");
        return await queries.FindAsync(id, context.RequestAborted) is { } job
            ? await RequestSigning.AskAsync(context, body, SignatureMeanings.Responsibility, SignedContent.Settling(job.Run, settled),
                (by, signature) => new Order.Settle(id, settled, reason, by, signature))
            : NoJob(id);
    }

    public static JsonHttpResult<OrderView> NoJob(string id) =>
        TypedResults.Json(new OrderView(nameof(OrderOutcome.NotFound), OrderResult.NoJob(id).Messages), statusCode: StatusCodes.Status404NotFound);
}
