using System.Collections.Immutable;
using System.Text.Json;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Journal;

/// <summary>The attestations of a journal that touch a span, their chain checked.</summary>
/// <param name="Attestations">In order.</param>
/// <param name="Faults">Where the chain does not hold: a missing number, a hash that is not its predecessor's, a body that was changed. Empty when it holds.</param>
internal sealed record AttestationLog(ImmutableArray<Attestation> Attestations, ImmutableArray<string> Faults)
{
    /// <param name="rows">Sequence number, hash and body as journaled, by rising number.</param>
    public static AttestationLog Check(IEnumerable<(long Sequence, string Hash, byte[] Body)> rows)
    {
        var attestations = ImmutableArray.CreateBuilder<Attestation>();
        var faults = ImmutableArray.CreateBuilder<string>();
        (long Sequence, string Hash)? before = null;
        foreach (var (sequence, hash, body) in rows)
        {
            if (AttestationChain.Hash(body) != hash)
                faults.Add($"attestation {sequence} was changed after it was written");
            else if (Read(body) is not { } attestation || attestation.Sequence != sequence)
                faults.Add($"attestation {sequence} cannot be read");
            else
                attestations.Add(attestation);
            if (before is { } last && last.Sequence + 1 != sequence)
                faults.Add($"attestations {last.Sequence + 1} to {sequence - 1} are missing");
            else if (before is { } previous && attestations.Count > 0 && attestations[^1].Sequence == sequence && attestations[^1].Previous != previous.Hash)
                faults.Add($"attestation {sequence} does not continue attestation {sequence - 1}");
            before = (sequence, hash);
        }

        return new AttestationLog(attestations.ToImmutable(), faults.ToImmutable());
    }

    private static Attestation? Read(byte[] body)
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
