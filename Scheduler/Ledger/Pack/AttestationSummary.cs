using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Continuity;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>One gateway's attestations in a span, their chain checked.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Count">How many there are.</param>
/// <param name="First">Number of the first.</param>
/// <param name="Last">Number of the last.</param>
/// <param name="LowestOffsetMs">Of the clock offsets that they state; null when none does.</param>
/// <param name="HighestOffsetMs">Likewise.</param>
/// <param name="Configurations">Hashes of the plant models that they were made with, shortened.</param>
/// <param name="Faults">Where the chain does not hold.</param>
internal sealed record AttestationSummary(
    string Gateway, int Count, long First, long Last, double? LowestOffsetMs, double? HighestOffsetMs, ImmutableArray<string> Configurations, ImmutableArray<string> Faults)
{
    public static ImmutableArray<AttestationSummary> Of(IEnumerable<StoredAttestation> attestations) =>
        [.. attestations.GroupBy(item => item.Gateway, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => One(group.Key, [.. group.OrderBy(item => item.Sequence)]))];

    private static AttestationSummary One(string gateway, List<StoredAttestation> chain)
    {
        var faults = ImmutableArray.CreateBuilder<string>();
        var offsets = new List<double>();
        var configurations = new SortedSet<string>(StringComparer.Ordinal);
        StoredAttestation? before = null;
        foreach (var item in chain)
        {
            if (Read(item.Body) is not { } said || said.Sequence != item.Sequence || said.Gateway != gateway
                || said.Start.ToUnixTimeMilliseconds() != item.Start.ToUnixTimeMilliseconds() || said.End.ToUnixTimeMilliseconds() != item.End.ToUnixTimeMilliseconds())
            {
                faults.Add($"attestation {item.Sequence} does not say what it is kept as");
            }
            else
            {
                if (said.ClockOffsetMs is { } offset)
                    offsets.Add(offset);
                configurations.Add(said.ConfigurationHash.Length > 12 ? said.ConfigurationHash[..12] : said.ConfigurationHash);
                if (before is not null && before.Sequence + 1 == item.Sequence && said.Previous != Hash(before.Body))
                    faults.Add($"attestation {item.Sequence} does not continue attestation {before.Sequence}");
            }

            if (before is not null && before.Sequence + 1 != item.Sequence)
                faults.Add($"attestations {before.Sequence + 1} to {item.Sequence - 1} are missing");
            before = item;
        }

        return new AttestationSummary(gateway, chain.Count, chain[0].Sequence, chain[^1].Sequence,
            offsets.Count == 0 ? null : offsets.Min(), offsets.Count == 0 ? null : offsets.Max(), [.. configurations], faults.ToImmutable());
    }

    private static string Hash(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    private static Plant.Continuity.Attestation? Read(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, MessageJson.Default.Attestation);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
