using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PatchEdge.Scheduler.Ledger;

namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>A patch job as somebody asks for it.</summary>
internal sealed partial record JobDraft
{
    public const int LongestText = 200;

    /// <summary>What an id must look like: it names files, topics and, with the attempt, what a command's environment holds.</summary>
    public const string IdRule = "must begin with a letter or digit and hold at most 56 letters, digits, dots, dashes and underscores";

    public static bool IsId(string id) => IdPattern().IsMatch(id);

    public required string Id { get; init; }

    public required string Host { get; init; }

    public required string Procedure { get; init; }

    public required string PatchName { get; init; }

    /// <summary>SHA-256, lower-case hex.</summary>
    public required string PatchDigest { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? Due { get; init; }

    public int Priority { get; init; }

    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>How long critical tags may be without any path while the host is away, as an approval then signs; null when they may not at all.</summary>
    public TimeSpan? GapBudget { get; init; }

    public required string RequestedBy { get; init; }

    /// <summary>SHA-256 over what an approval covers. Priority and due date order work and do not change it, so they are left out.</summary>
    public string ContentHash => LedgerBook.Hash(CanonicalJson.Write(Content()));

    /// <summary>What an approval covers, for the ledger.</summary>
    public JsonObject Content()
    {
        var content = Basics();
        // Left out when there is none, so that what was approved before there were budgets stays approved.
        if (GapBudget is { } budget)
            content["gapBudgetMs"] = (long)budget.TotalMilliseconds;
        return content;
    }

    private JsonObject Basics() => new()
    {
        ["id"] = Id,
        ["host"] = Host,
        ["procedure"] = Procedure,
        ["patch"] = PatchName,
        ["digest"] = PatchDigest,
        ["notBefore"] = NotBefore?.ToUniversalTime().ToString("O"),
        ["expectedMs"] = ExpectedDuration is { } expected ? (long)expected.TotalMilliseconds : null,
    };

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,55}\\z", RegexOptions.NonBacktracking)]
    private static partial Regex IdPattern();
}
