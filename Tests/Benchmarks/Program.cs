using System.Runtime.CompilerServices;
using BenchmarkDotNet.Running;
using PatchEdge.Benchmarks;
using PatchEdge.Benchmarks.Continuity;
using PatchEdge.Benchmarks.Ledger;
using PatchEdge.Benchmarks.OpcUa;
using PatchEdge.Benchmarks.Pipeline;
using PatchEdge.Benchmarks.Planning;

try
{
    switch (args)
    {
        case ["--help" or "-h" or "help", ..] or [not "decoder", "--help" or "-h", ..]:
            Console.WriteLine(ComparisonOptions.Usage + Environment.NewLine + PipelineOptions.Usage);
            return 0;
        case ["opcua", .. var rest]:
            return await Comparison.RunAsync(ComparisonOptions.Parse(rest)).ConfigureAwait(false);
        case ["pipeline", .. var rest]:
            return await PipelineComparison.RunAsync(PipelineOptions.Parse(rest)).ConfigureAwait(false);
        case ["serve", .. var rest]:
            return await PlantServer.RunAsync(new Arguments(rest)).ConfigureAwait(false);
        case ["client", .. var rest]:
            return await ClientWorker.RunAsync(new Arguments(rest)).ConfigureAwait(false);
        case ["decoder", .. var rest]:
            return RunDecoder(rest);
        case ["planning", .. var rest]:
            return PlanningBenchmark.Run(new Arguments(rest));
        case ["campaign", .. var rest]:
            return await CampaignBenchmark.RunAsync(new Arguments(rest)).ConfigureAwait(false);
        case ["continuity", .. var rest]:
            return ContinuityBenchmark.Run(new Arguments(rest));
        case ["ledger", .. var rest]:
            return await LedgerBenchmark.RunAsync(new Arguments(rest)).ConfigureAwait(false);
        default:
            await Console.Error.WriteLineAsync(ComparisonOptions.Usage + Environment.NewLine + PipelineOptions.Usage).ConfigureAwait(false);
            return 2;
    }
}
catch (ArgumentException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message).ConfigureAwait(false);
    return 2;
}

// Apart, so that no measured process loads what it does not use.
[MethodImpl(MethodImplOptions.NoInlining)]
static int RunDecoder(string[] words)
{
    // In this process, which is set up as the gateway's is; a project of BenchmarkDotNet's own would not be.
    var summary = BenchmarkRunner.Run<DecoderBenchmarks>(null, ["--inProcess", "--artifacts", Path.Combine("artifacts", "benchmarks"), .. words]);
    return summary is null || summary.Reports.Any(report => !report.Success) ? 1 : 0;
}
