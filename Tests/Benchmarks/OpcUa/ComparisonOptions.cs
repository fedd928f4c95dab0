namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>What <c>opcua</c> measures, for how long and how often.</summary>
internal sealed record ComparisonOptions
{
    public const string Usage = """
        benchmarks opcua [--rounds 3] [--seconds 15] [--warmup 5] [--items 10000] [--interval 100] [--connects 40] [--reads 10000]
                         [--server ours|node] [--only notifications,reads,connect,memory,server,decoder] [--clients ours,node] [--json]
            our client and node-opcua's against one server in a process of its own
        benchmarks decoder      the decoder alone, by BenchmarkDotNet; its own options follow, --help lists them
        benchmarks planning [--hosts 100000] [--rounds 5]
            the scheduler's gates, one line's change, memory, and a plan for a year
        benchmarks continuity [--tags 50000] [--messages 2000]
        benchmarks ledger   [--entries 10000000] [--file FILE]
            appends to and proofs from a ledger of 10,000, a million and ten million entries
        """;

    public static readonly string[] AllMeasures = ["notifications", "reads", "connect", "memory", "server", "decoder"];

    public int Rounds { get; init; }
    public int Seconds { get; init; }
    public int Warmup { get; init; }
    public int Items { get; init; }

    /// <summary>Publishing interval and that of the feed, in ms; every change is sampled.</summary>
    public int Interval { get; init; }
    public int Connects { get; init; }
    public int Reads { get; init; }
    public bool NodeServer { get; init; }
    public IReadOnlyList<string> Measures { get; init; } = AllMeasures;
    public IReadOnlyList<string> Clients { get; init; } = [];
    public bool Json { get; init; }

    public static ComparisonOptions Parse(ReadOnlySpan<string> words)
    {
        var arguments = new Arguments(words);
        var options = new ComparisonOptions
        {
            Rounds = arguments.Number("rounds", 3),
            Seconds = arguments.Number("seconds", 15),
            Warmup = arguments.Number("warmup", 5),
            Items = arguments.Number("items", 10_000),
            Interval = arguments.Number("interval", 100),
            Connects = arguments.Number("connects", 40),
            Reads = arguments.Number("reads", 10_000),
            NodeServer = OneOf(arguments.Text("server", "ours"), "server", "ours", "node")[0] == "node",
            Measures = OneOf(arguments.Text("only", string.Join(',', AllMeasures)), "only", AllMeasures),
            Clients = OneOf(arguments.Text("clients", "ours,node"), "clients", "ours", "node"),
            Json = arguments.Flag("json"),
        };
        arguments.End();
        return options;
    }

    private static string[] OneOf(string text, string name, params string[] allowed)
    {
        var words = text.Split(',');
        return Array.Find(words, word => !allowed.Contains(word)) is { } unknown
            ? throw new ArgumentException($"--{name} {unknown}: write some of {string.Join(',', allowed)}.") : words;
    }
}
