using PatchEdge.Gateway.Continuity.Stage;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Continuity.Digests;

/// <summary>Draws up what is observed now, by exception, for the scheduler's coverage gate.</summary>
/// <remarks>Looks at every source, so it is asked at a pace and when a gap changed, not for each reading.</remarks>
internal sealed class CoverageDigests(StageInput input, ContinuityFold fold)
{
    /// <summary>More exceptions of one server than this are not named: then none of its tags counts as observed.</summary>
    public const int MostNamed = 500;

    private long sequence;

    /// <param name="now">The gateway's clock.</param>
    /// <param name="undelivered">Age of the oldest entry that the historian has not confirmed; null without a historian.</param>
    public CoverageDigest Draw(Moment now, TimeSpan? undelivered) => new()
    {
        Site = input.Plant.Site,
        Gateway = input.Options.Name,
        Boot = input.Boot,
        Sequence = ++sequence,
        At = now.ToDateTimeOffset(),
        ValidForMs = (int)input.Options.ReportValidity.TotalMilliseconds,
        ConfigurationHash = input.Plant.Hash,
        UndeliveredMs = undelivered?.TotalMilliseconds,
        Servers = [.. input.Table.Map.Servers.Select((name, server) => Draw(name, server))],
    };

    private ServerCoverage Draw(string name, int server)
    {
        var missing = new List<string>();
        var observed = 0;
        var missed = 0;
        Moment? unbroken = null;
        for (var index = 0; index < input.Table.Map.Sources.Length; index++)
        {
            if (input.Table.ServerOf(index) != server)
                continue;
            ref readonly var source = ref fold[index];
            if (source.Open is null)
            {
                observed++;
                unbroken = unbroken is { } known ? Moment.Later(known, source.UnbrokenSince) : source.UnbrokenSince;
            }
            else if (++missed <= MostNamed)
            {
                missing.Add(input.Table.Map.Sources[index].Tag);
            }
        }

        var none = observed == 0 || missed > MostNamed;
        return new ServerCoverage
        {
            Server = name,
            ProvenUntil = fold.ProvenByServer(server)?.ToDateTimeOffset(),
            UnbrokenSince = none ? null : unbroken?.ToDateTimeOffset(),
            NoneObserved = none,
            NotObserved = none ? [] : [.. missing],
        };
    }
}
