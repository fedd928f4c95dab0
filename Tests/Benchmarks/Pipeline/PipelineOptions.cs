namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>What <c>pipeline</c> measures, and for how long.</summary>
internal sealed record PipelineOptions
{
    public const string Usage = """
        benchmarks pipeline [--tags 10000[@100][,50000[@500],…]] [--interval 100] [--slice 1000] [--most 4000] [--seconds 20] [--warmup 5] [--rounds 1]
                            [--gateways journal,influxdb,node] [--backlog 1000000] [--settle 0] [--whole] [--program patchedge-gateway.dll[,…]]
            the whole gateway, from a server's changes to an InfluxDB's acknowledgement, each a process of its own. Tags change, and are published,
            every --interval ms, or as often as stands behind their @; with --slice not all at once but so many at a time, spread over that interval, so that
            each number of tags makes the same messages. A message brings --most values at most. A backlog of 0 leaves draining out;
            --settle waits so many seconds until the account of the start is through; --whole feeds one whole number to all tags instead of a
            measurement to each; --program measures other builds of our gateway, turn by turn
        """;

    private static readonly string[] AllGateways = ["journal", "influxdb", "node"];

    public required IReadOnlyList<PipelineLoad> Loads { get; init; }

    /// <summary>Values that the server puts at most into one message.</summary>
    public required int Most { get; init; }

    public required int Seconds { get; init; }

    public required int Warmup { get; init; }

    /// <summary>How often all of it is done.</summary>
    public required int Rounds { get; init; }

    /// <summary>Seconds from the first values until the idle gateway is measured. What was not watched before the start is accounted for by minute, once.</summary>
    public required int Settle { get; init; }

    /// <summary>All tags get the same whole number, which every later step finds easier to write and to compress.</summary>
    public required bool Whole { get; init; }

    /// <summary>Our gateway's assemblies; null is the one built with this program.</summary>
    public required IReadOnlyList<string?> Programs { get; init; }

    /// <summary>Ours without a historian, ours with one, and one made of node-opcua.</summary>
    public required IReadOnlyList<string> Gateways { get; init; }

    /// <summary>Values that wait in the journal while the historian is away, and are then drained.</summary>
    public required int Backlog { get; init; }

    public static PipelineOptions Parse(ReadOnlySpan<string> words)
    {
        var arguments = new Arguments(words);
        var interval = arguments.Number("interval", 100);
        var slice = arguments.Number("slice", 0);
        var options = new PipelineOptions
        {
            Loads = [.. arguments.Text("tags", "10000").Split(',').Select(text => LoadOf(text, interval, slice))],
            Most = arguments.Number("most", 4000),
            Seconds = arguments.Number("seconds", 20),
            Warmup = arguments.Number("warmup", 5),
            Rounds = arguments.Number("rounds", 1),
            Gateways = [.. arguments.Text("gateways", "journal,influxdb").Split(',').Select(name => AllGateways.Contains(name) ? name : throw new ArgumentException($"--gateways {name}: write some of {string.Join(',', AllGateways)}."))],
            Settle = arguments.Number("settle", 0),
            Whole = arguments.Flag("whole"),
            Programs = arguments.Text("program", "") is { Length: > 0 } programs ? [.. programs.Split(',').Select(ProgramOf)] : [null],
            Backlog = arguments.Number("backlog", 1_000_000),
        };
        arguments.End();
        return options;
    }

    private static PipelineLoad LoadOf(string text, int interval, int slice)
    {
        var parts = text.Split('@');
        if (parts.Length > 2 || !int.TryParse(parts[0], out var tags) || tags is <= 0 or > OpcUa.PlantServer.Variables)
            throw new ArgumentException($"--tags {text}: write numbers from 1 to {OpcUa.PlantServer.Variables}; the server has no more.");
        if (parts.Length == 2 && (!int.TryParse(parts[1], out interval) || interval is < 10 or > 60_000))
            throw new ArgumentException($"--tags {text}: behind the @ write the interval in ms, from 10 to 60000.");
        if (slice > 0 && (tags % slice != 0 || interval * slice / tags < 10))
            throw new ArgumentException($"--slice {slice} of --tags {text}: write a slice that divides the tags, of which one every 10 ms or more makes all of them in their interval.");
        return new PipelineLoad(tags, interval, slice > 0 ? slice : tags);
    }

    private static string ProgramOf(string program) =>
        File.Exists(program) ? Path.GetFullPath(program) : throw new ArgumentException($"--program {program}: there is no such file; name a build's patchedge-gateway.dll.");
}

/// <param name="Tags">How many of the server's variables.</param>
/// <param name="Interval">In which each of them changes once, in ms.</param>
/// <param name="Slice">So many change at a time.</param>
internal readonly record struct PipelineLoad(int Tags, int Interval, int Slice)
{
    /// <summary>Between two rounds of the feed, in ms; the publishing interval, too.</summary>
    public int Pace => Interval * Slice / Tags;
}
