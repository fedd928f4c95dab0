using PatchEdge.Gateway.Options;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>Which of the historian's points one gateway can speak for.</summary>
/// <param name="Site">Site in the plant file.</param>
/// <param name="Gateway">Gateway in the plant file.</param>
/// <param name="Recorded">Tags whose values this gateway records.</param>
/// <param name="Shared">Those among them that another gateway records too: its points carry the same identity.</param>
internal sealed record HistorianScope(string Site, string Gateway, IReadOnlySet<string> Recorded, IReadOnlySet<string> Shared)
{
    private const string Values = "tag_value";

    public static HistorianScope Of(GatewayConfiguration configuration)
    {
        var recorded = configuration.Table.Tags.Where(tag => tag.Record).ToList();
        var others = configuration.Plant.Gateways.Where(gateway => gateway.Name != configuration.Options.Name).SelectMany(gateway => gateway.Servers).ToHashSet(StringComparer.Ordinal);
        return new HistorianScope(
            configuration.Plant.Site, configuration.Options.Name, recorded.Select(tag => tag.Name).ToHashSet(StringComparer.Ordinal),
            recorded.Where(tag => tag.Servers.Any(others.Contains)).Select(tag => tag.Name).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>A query for all points of a measurement in a window, series by series.</summary>
    public string Query(string measurement, long start, long end) => string.Create(
        null, stackalloc char[256],
        $"SELECT * FROM \"{measurement}\" WHERE \"site\" = {InfluxQuery.Literal(Site)}{(measurement == Values ? "" : $" AND \"gateway\" = {InfluxQuery.Literal(Gateway)}")} AND time >= {start} AND time < {end} GROUP BY *");

    /// <summary>False for a series that is none of this gateway's business.</summary>
    public bool Covers(string series) => SeriesTable.MeasurementOf(series) != Values || Recorded.Contains(SeriesTable.TagOf(series, "tag"));

    /// <summary>A point of the series that the journal does not know is nobody's.</summary>
    public bool KnowsAllOf(string series) => SeriesTable.MeasurementOf(series) switch
    {
        Values => !Shared.Contains(SeriesTable.TagOf(series, "tag")),
        // Delivery itself writes points there that no entry tells of: it probes with them.
        "gateway_health" => false,
        // A head bears the time at which it was signed, which may be long before it was heard.
        "ledger_head" => false,
        _ => true,
    };
}
