using System.Globalization;

namespace PatchEdge.Benchmarks.Pipeline;

/// <summary>
/// <c>pipeline</c>: from the changes of a server to the acknowledgement of an InfluxDB. Only the gateway's own processor time counts, from the
/// start of the feed until everything has arrived, so that what is late is paid for as well. What a gateway costs that is told nothing is measured
/// before, and taken off for the cost of a value. Every value is looked up in the journal afterwards: what is missing must stand in a gap.
/// </summary>
internal static class PipelineComparison
{
    public static async Task<int> RunAsync(PipelineOptions options)
    {
        Console.WriteLine(PipelineFigure.Head);
        var figures = new List<PipelineFigure>();
        for (var round = 0; round < options.Rounds; round++)
            foreach (var load in options.Loads)
                foreach (var gateway in options.Gateways)
                    foreach (var program in options.Programs)
                    {
                        figures.Add(await MeasureAsync(options, gateway, program, load).ConfigureAwait(false));
                        Console.WriteLine(figures[^1]);
                    }
        Sum(figures, options);
        if (options.Backlog > 0 && options.Gateways.Contains("influxdb"))
            Console.WriteLine(await DrainAsync(options).ConfigureAwait(false));
        return figures.Exists(figure => figure.Reckoned.Undeclared > 0) ? 1 : 0;
    }

    private static void Sum(List<PipelineFigure> figures, PipelineOptions options)
    {
        if (options.Rounds > 1)
            foreach (var same in figures.GroupBy(figure => (figure.Gateway, figure.Load)))
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{same.Key.Gateway,-11} {same.Key.Load.Tags,7:#,0} {same.Key.Load.Interval,6} median (least–most): {Spread(same.Select(figure => figure.PerMillion))} CPU-s per million, {Spread(same.Select(figure => figure.WithoutIdle))} without idle"));
        foreach (var gateway in figures.GroupBy(figure => figure.Gateway))
            if (CostModel.Of([.. gateway]) is { } model)
                Console.WriteLine($"{gateway.Key,-11} {model}");
    }

    private static string Spread(IEnumerable<double> figures)
    {
        var all = figures.Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture, $"{(all[all.Length / 2] + all[(all.Length - 1) / 2]) / 2:0.000} ({all[0]:0.000}–{all[^1]:0.000})");
    }

    private static async Task<PipelineFigure> MeasureAsync(PipelineOptions options, string gateway, string? program, PipelineLoad load)
    {
        await using var bench = await PipelineBench.StartAsync(gateway, program, load, options).ConfigureAwait(false);
        await bench.FeedAsync(TimeSpan.FromSeconds(options.Warmup)).ConfigureAwait(false);
        await bench.ArrivedAsync().ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(options.Settle), TimeProvider.System).ConfigureAwait(false);
        var quiet = Meter.Start(bench.Gateway);
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds), TimeProvider.System).ConfigureAwait(false);
        var idle = quiet.Processor / quiet.Seconds;
        var meter = Meter.Start(bench.Gateway);
        var values = await bench.FeedAsync(TimeSpan.FromSeconds(options.Seconds)).ConfigureAwait(false);
        var rate = values / meter.Seconds;
        var arrived = await bench.ArrivedAsync().ConfigureAwait(false);
        var name = options.Programs.Count > 1 ? $"{gateway} {(char)('A' + options.Programs.ToList().IndexOf(program))}" : gateway;
        return meter.End(name, load, values, rate, idle, arrived) with { Reckoned = bench.Reckon() };
    }

    /// <summary>Values pile up while the historian is away; what draining them costs, and how fast it goes.</summary>
    private static async Task<PipelineFigure> DrainAsync(PipelineOptions options)
    {
        var load = options.Loads[0];
        await using var bench = await PipelineBench.StartAsync("influxdb", options.Programs[0], load, options).ConfigureAwait(false);
        await bench.FeedAsync(TimeSpan.FromSeconds(options.Warmup)).ConfigureAwait(false);
        await bench.ArrivedAsync().ConfigureAwait(false);
        await bench.Historian!.PauseAsync().ConfigureAwait(false);
        var values = await bench.FeedAsync(TimeSpan.FromSeconds((double)options.Backlog / load.Tags * load.Interval / 1000)).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System).ConfigureAwait(false);
        var meter = Meter.Start(bench.Gateway);
        await bench.Historian.ResumeAsync().ConfigureAwait(false);
        var arrived = await bench.ArrivedAsync().ConfigureAwait(false);
        return meter.End("draining", load, values, values / meter.Seconds, 0, arrived) with { Reckoned = bench.Reckon() };
    }

    /// <summary>A gateway's processor time and the wall's since a moment.</summary>
    private readonly record struct Meter(GatewayProcess Gateway, double Before, long SwitchesBefore, long Began)
    {
        public double Processor => Gateway.ProcessorSeconds - Before;

        public double Seconds => TimeProvider.System.GetElapsedTime(Began).TotalSeconds;

        public static Meter Start(GatewayProcess gateway) => new(gateway, gateway.ProcessorSeconds, gateway.Switches, TimeProvider.System.GetTimestamp());

        public PipelineFigure End(string name, PipelineLoad load, long values, double rate, double idle, long arrived) => new(
            name, load, values, rate, idle, Processor, Seconds, Gateway.Switches - SwitchesBefore, Gateway.ResidentMegabytes, Gateway.PeakMegabytes, arrived, Reckoning.None);
    }
}
