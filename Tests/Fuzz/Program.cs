using System.Globalization;
using System.Runtime.CompilerServices;
using PatchEdge.Fuzz;
using SharpFuzz;

const string Usage = """
    Feeds an entry point of the OPC UA stack with wrong inputs (OpcUa/README.md, "Fuzzing").
      run TARGET [SECONDS] [SEED]   guided by coverage, in this process; stops at the first finding
      afl TARGET                    for afl-fuzz, input on standard input
      libfuzzer TARGET              for libfuzzer-dotnet
      feed TARGET FILE|HEX          one input
    Targets: chunks, opening, decoder, certificates, services, responses
    """;

if (args is not [("run" or "afl" or "libfuzzer" or "feed"), ("chunks" or "opening" or "decoder" or "certificates" or "services" or "responses"), ..] || (args[0] is "feed" && args.Length != 3))
{
    Console.Error.WriteLine(Usage);
    return 2;
}
// Before the first type of the stack is loaded: its file is rewritten so that each branch leaves a trace.
if (args[0] is not "feed")
    Instrument(Path.Combine(AppContext.BaseDirectory, "PatchEdge.OpcUa.dll"));
return await RunAsync(args);

static void Instrument(string assembly)
{
    try
    {
        foreach (var _ in Fuzzer.Instrument(assembly, static _ => true, Options.Value))
        {
        }
    }
    catch (InstrumentationException already) when (already.Message.Contains("already", StringComparison.OrdinalIgnoreCase))
    {
        // By a run before this one.
    }
}

[MethodImpl(MethodImplOptions.NoInlining)]
static Task<int> RunAsync(string[] args) => args[0] switch
{
    "run" => Campaign.RunAsync(args[1], Number(args, 2, 60), Number(args, 3, Environment.TickCount)),
    "afl" => Campaign.AflAsync(args[1]),
    "libfuzzer" => Campaign.LibFuzzerAsync(args[1]),
    _ => Campaign.FeedAsync(args[1], File.Exists(args[2]) ? File.ReadAllBytes(args[2]) : Convert.FromHexString(args[2])),
};

static int Number(string[] args, int at, int otherwise) => args.Length > at ? int.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
