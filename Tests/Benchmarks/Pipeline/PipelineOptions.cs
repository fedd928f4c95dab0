namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>What <c>pipeline</c> measures, and for how long.</summary>
internal sealed record PipelineOptions
{
    public const string Usage = """
        benchmarks pipeline [--tags 10000[,50000,…]] [--interval 100] [--seconds 20] [--warmup 5] [--gateways journal,influxdb,node] [--backlog 1000000]
                            [--settle 0] [--whole] [--program patchedge-gateway.dll]
            the whole gateway, from a server's changes to an InfluxDB's acknowledgement, each a process of its own; a backlog of 0 leaves draining out;
            --settle waits so many seconds until the account of the start is through; --whole feeds one whole number to all tags instead of a
            measurement to each; --program measures another build of our gateway
        """;

    private static readonly string[] AllGateways = ["journal", "influxdb", "node"];

    public required IReadOnlyList<int> Tags { get; init; }

    /// <summary>Of publishing, sampling and feeding, in ms.</summary>
    public required int Interval { get; init; }

    public required int Seconds { get; init; }

    public required int Warmup { get; init; }

    /// <summary>Seconds from the first values until the idle gateway is measured. What was not watched before the start is accounted for by minute, once.</summary>
    public required int Settle { get; init; }

    /// <summary>All tags get the same whole number, which every later step finds easier to write and to compress.</summary>
    public required bool Whole { get; init; }

    /// <summary>Our gateway's assembly; null for the one built with this program.</summary>
    public required string? Program { get; init; }

    /// <summary>Ours without a historian, ours with one, and one made of node-opcua.</summary>
    public required IReadOnlyList<string> Gateways { get; init; }

    /// <summary>Values that wait in the journal while the historian is away, and are then drained.</summary>
    public required int Backlog { get; init; }

    public static PipelineOptions Parse(ReadOnlySpan<string> words)
    {
        var arguments = new Arguments(words);
        var options = new PipelineOptions
        {
            Tags = [.. arguments.Text("tags", "10000").Split(',').Select(text => int.TryParse(text, out var tags) && tags is > 0 and <= OpcUa.PlantServer.Variables ? tags : throw new ArgumentException($"--tags {text}: write numbers from 1 to {OpcUa.PlantServer.Variables}; the server has no more."))],
            Interval = arguments.Number("interval", 100),
            Seconds = arguments.Number("seconds", 20),
            Warmup = arguments.Number("warmup", 5),
            Gateways = [.. arguments.Text("gateways", "journal,influxdb").Split(',').Select(name => AllGateways.Contains(name) ? name : throw new ArgumentException($"--gateways {name}: write some of {string.Join(',', AllGateways)}."))],
            Settle = arguments.Number("settle", 0),
            Whole = arguments.Flag("whole"),
            Program = arguments.Text("program", "") is { Length: > 0 } program
                ? File.Exists(program) ? Path.GetFullPath(program) : throw new ArgumentException($"--program {program}: there is no such file; name a build's patchedge-gateway.dll.") : null,
            Backlog = arguments.Number("backlog", 1_000_000),
        };
        arguments.End();
        return options;
    }
}
