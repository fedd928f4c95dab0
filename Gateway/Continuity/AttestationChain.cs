using System.Security.Cryptography;
using System.Text.Json;
using PatchEdge.Plant.Continuity;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Continuity;

/// <summary>Writes attestations one after the other: each starts where the one before it ended, unless the gateway was down, and carries its hash.</summary>
/// <param name="site">Site in the plant file.</param>
/// <param name="gateway">Gateway in the plant file.</param>
/// <param name="sequence">Number of the last one in the journal; 0 when there is none.</param>
/// <param name="previous">Hash of the last one in the journal; empty when there is none.</param>
/// <param name="end">Where the next one starts.</param>
internal sealed class AttestationChain(string site, string gateway, long sequence, string previous, Moment end)
{
    public Moment End { get; private set; } = end;

    /// <summary>Attests the span from the previous end; null when that would be empty.</summary>
    /// <param name="until">Up to where every tag is either proven or named by a gap.</param>
    /// <param name="facts">What else is attested.</param>
    public AttestedSpan? Attest(Moment until, AttestedFacts facts)
    {
        if (until <= End)
            return null;
        var attestation = new Attestation
        {
            Site = site,
            Gateway = gateway,
            Boot = facts.Boot,
            Sequence = sequence + 1,
            Start = End.ToDateTimeOffset(),
            End = until.ToDateTimeOffset(),
            ConfigurationHash = facts.ConfigurationHash,
            Tags = facts.Tags,
            SamplesReceived = facts.SamplesReceived,
            SamplesJournaled = facts.SamplesJournaled,
            SamplesDelivered = facts.SamplesDelivered,
            ClockOffsetMs = facts.ClockOffsetMs,
            Previous = previous,
        };
        var body = JsonSerializer.SerializeToUtf8Bytes(attestation, MessageJson.Default.Attestation);
        sequence++;
        previous = Hash(body);
        End = until;
        return new AttestedSpan(attestation, body, previous);
    }

    /// <summary>Leaves out the time in which this gateway was not running.</summary>
    public void Resume(Moment start) => End = Moment.Later(End, start);

    /// <summary>SHA-256 (lower-case hex) over an attestation's bytes as journaled.</summary>
    public static string Hash(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body));
}

/// <summary>What an attestation states beside its span.</summary>
internal readonly record struct AttestedFacts(
    string Boot, string ConfigurationHash, int Tags, long SamplesReceived, long SamplesJournaled, long SamplesDelivered, double? ClockOffsetMs);

/// <param name="Attestation">What is attested.</param>
/// <param name="Body">Its bytes as they go into the journal and over the wire.</param>
/// <param name="Hash">What the next one names as its predecessor.</param>
internal sealed record AttestedSpan(Attestation Attestation, byte[] Body, string Hash);
