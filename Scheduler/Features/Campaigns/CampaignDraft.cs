using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger;

namespace PatchEdge.Scheduler.Features.Campaigns;

/// <summary>A campaign as somebody asks for it.</summary>
internal sealed record CampaignDraft
{
    public required string Id { get; init; }

    public required string Procedure { get; init; }

    public required string PatchName { get; init; }

    /// <summary>SHA-256, lower-case hex.</summary>
    public required string PatchDigest { get; init; }

    /// <summary>At least one, none without hosts; no host is in two.</summary>
    public required ImmutableArray<WaveDraft> Waves { get; init; }

    /// <summary>How many of its hosts may be under way at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>So many failures halt it.</summary>
    public required int HaltAfter { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset? Due { get; init; }

    public int Priority { get; init; }

    public TimeSpan? ExpectedDuration { get; init; }

    public required string RequestedBy { get; init; }

    /// <summary>Canonical JSON of all of it.</summary>
    public string Content() => CanonicalJson.Write(JsonSerializer.SerializeToNode(this, CampaignJson.Default.CampaignDraft));

    public static CampaignDraft Read(string content) =>
        JsonSerializer.Deserialize(content, CampaignJson.Default.CampaignDraft) ?? throw new JsonException("There is no campaign.");

    /// <summary>Its jobs, with their waves from 0: one per host.</summary>
    public IEnumerable<(JobDraft Job, int Wave)> Jobs() => Waves.SelectMany((wave, number) => wave.Hosts.Select(host => (new JobDraft
    {
        Id = JobId(host),
        Host = host,
        Procedure = Procedure,
        PatchName = PatchName,
        PatchDigest = PatchDigest,
        NotBefore = NotBefore,
        Due = Due,
        Priority = Priority,
        ExpectedDuration = ExpectedDuration,
        RequestedBy = RequestedBy,
    }, number)));

    /// <summary>The id of the job for a host.</summary>
    public string JobId(string host) => $"{Id}-{host.Replace(' ', '_')}";
}

/// <param name="Name">Its name, such as <c>canary</c>.</param>
/// <param name="Hosts">Names of its hosts.</param>
/// <param name="Success">Percent of them that must succeed before the next wave, 1 to 100.</param>
/// <param name="Soak">How long those must have been in use before the next wave.</param>
internal sealed record WaveDraft(string Name, ImmutableArray<string> Hosts, int Success, TimeSpan Soak);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CampaignDraft))]
internal sealed partial class CampaignJson : JsonSerializerContext;
