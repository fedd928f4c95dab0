using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using PatchEdge.Scheduler.Ledger;

namespace PatchEdge.Scheduler.Planning.Plans;

/// <summary>A proposal: which host is patched when, and for every slot that was refused the reasons. Immutable; it releases nothing by itself.</summary>
internal sealed record Plan
{
    public required string Site { get; init; }

    /// <summary>First instant that it plans, UTC.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>First instant after, UTC.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>SHA-256 over everything that it was made from.</summary>
    public required string InputsHash { get; init; }

    /// <summary>Content of the campaign that it is for; null for a plan of the whole site.</summary>
    public string? CampaignContent { get; init; }

    /// <summary>By start, then by job.</summary>
    public required ImmutableArray<PlanSlot> Slots { get; init; }

    /// <summary>Jobs for which there is no slot, by id.</summary>
    public required ImmutableArray<UnplacedJob> Unplaced { get; init; }

    /// <summary>SHA-256 (lower-case hex) over its canonical JSON: what an approval signs.</summary>
    [JsonIgnore]
    public string Hash => field ??= LedgerBook.Hash(Canonical);

    /// <summary>Its canonical JSON (RFC 8785): equal plans have equal bytes.</summary>
    [JsonIgnore]
    public string Canonical => field ??= CanonicalJson.Write(JsonSerializer.SerializeToNode(this, PlanJson.Default.Plan));

    /// <summary>Null when the job has no slot.</summary>
    public PlanSlot? SlotOf(string job) => (bySlot ??= Slots.ToDictionary(slot => slot.Job, StringComparer.Ordinal)).GetValueOrDefault(job);

    public string WhyUnplaced(string job) => Unplaced.FirstOrDefault(item => item.Job == job) is { } unplaced ? string.Join("; ", unplaced.Reasons) : "it is not in the plan";

    /// <summary>Reads what <see cref="Canonical"/> wrote.</summary>
    public static Plan Read(string json) => JsonSerializer.Deserialize(json, PlanJson.Default.Plan) ?? throw new JsonException("There is no plan.");

    private Dictionary<string, PlanSlot>? bySlot;
}

/// <summary>When one job may run.</summary>
internal sealed record PlanSlot
{
    public required string Job { get; init; }

    public required string Host { get; init; }

    /// <summary>Lines that the host served when it was planned, in order.</summary>
    public required ImmutableArray<string> Lines { get; init; }

    /// <summary>What exactly is to be done: the job's content hash.</summary>
    public required string Content { get; init; }

    public string? Campaign { get; init; }

    /// <summary>Name of the campaign's wave; null for a job of its own.</summary>
    public string? Wave { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>UTC: the start and what the job needs.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>What it needs, and on what that rests.</summary>
    public required string Needs { get; init; }

    /// <summary>IANA name of the zone to show it in.</summary>
    public required string Zone { get; init; }

    /// <summary>It ends after the job is due.</summary>
    public bool Late { get; init; }

    /// <summary>Every earlier window, and why it would not do.</summary>
    public required ImmutableArray<RefusedSlot> Refused { get; init; }
}

/// <param name="Start">UTC.</param>
/// <param name="End">UTC.</param>
/// <param name="Reasons">Every reason, not only the first.</param>
internal sealed record RefusedSlot(DateTimeOffset Start, DateTimeOffset End, ImmutableArray<string> Reasons);

/// <param name="Job">The job.</param>
/// <param name="Host">Its host.</param>
/// <param name="Campaign">Its campaign; null for a job of its own.</param>
/// <param name="Wave">Its wave.</param>
/// <param name="Reasons">Why it has no slot at all.</param>
/// <param name="Refused">Every window, and why it would not do.</param>
internal sealed record UnplacedJob(string Job, string Host, string? Campaign, string? Wave, ImmutableArray<string> Reasons, ImmutableArray<RefusedSlot> Refused);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Plan))]
internal sealed partial class PlanJson : JsonSerializerContext
{
    /// <summary>The same, indented, for a person's screen.</summary>
    public static PlanJson Indented => field ??= new PlanJson(new JsonSerializerOptions(Default.Options) { WriteIndented = true });
}
