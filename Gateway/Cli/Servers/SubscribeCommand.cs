using System.CommandLine;
using System.Diagnostics;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary><c>subscribe URL NODE…</c>: values as they change, or with <c>--stats</c> how many and at what cost.</summary>
internal static class SubscribeCommand
{
    private const int MostItems = 10_000;

    public static Command Create()
    {
        var connection = new ConnectionArguments();
        var command = new Command("subscribe", "Subscribes to values.");
        connection.AddTo(command);
        var nodes = new Argument<string[]>("NODE") { Description = "Node ids; Tag{0..9999} stands for ten thousand.", Arity = ArgumentArity.OneOrMore };
        var duration = new Option<string?>("--for") { Description = "How long, such as 10s; until interrupted without it." };
        var publishing = new Option<string>("--publishing") { Description = "Publishing interval.", DefaultValueFactory = _ => "500ms" };
        var sampling = new Option<string?>("--sampling") { Description = "Sampling interval; the publishing interval without it." };
        var queue = new Option<uint>("--queue") { Description = "Values that the server keeps per item between two messages.", DefaultValueFactory = _ => 10 };
        var stats = new Option<bool>("--stats") { Description = "Print counts at the end instead of values." };
        var json = new Option<bool>("--json") { Description = "JSON: one object per value, or exactly one with --stats." };
        command.Arguments.Add(nodes);
        foreach (var option in new Option[] { duration, publishing, sampling, queue, stats, json })
            command.Options.Add(option);
        command.SetAction(async (parsed, cancel) =>
        {
            var names = NodeRange.Expand(parsed.GetValue(nodes)!);
            TimeSpan? span = parsed.GetValue(duration) is { } text ? Parse("--for", text) : null;
            var every = Parse("--publishing", parsed.GetValue(publishing)!);
            var sample = parsed.GetValue(sampling) is { } asked ? Parse("--sampling", asked) : every;
            await using var client = await connection.ConnectAsync(parsed, cancel).ConfigureAwait(false);
            var resolved = NodeNames.Resolve(client, names);
            var counter = parsed.GetValue(stats) ? new SubscriptionCounter() : null;
            var subscriptions = new List<Subscription>();
            foreach (var group in Enumerable.Range(0, resolved.Length).Chunk(MostItems))
            {
                var options = new SubscriptionOptions { PublishingInterval = every, CompareDataTypes = false };
                ISubscriptionSink sink = counter is null ? new SubscriptionPrinter(names, parsed.GetValue(json)) : counter;
                var subscription = await client.SubscribeAsync(options, sink, cancel).ConfigureAwait(false);
                subscriptions.Add(subscription);
                await subscription.AddItemsAsync(
                    [.. group.Select(index => new MonitoredItemOptions { ClientHandle = (uint)index, NodeId = resolved[index], SamplingInterval = sample, QueueSize = parsed.GetValue(queue) })],
                    cancel).ConfigureAwait(false);
            }

            return await WatchAsync(client, subscriptions, counter, names.Count, span, parsed.GetValue(json), cancel).ConfigureAwait(false);
        });
        return command;
    }

    private static TimeSpan Parse(string option, string text) =>
        Durations.TryParse(text, out var span) ? span : throw new UsageException($"{option} {text}: write {Durations.Expected}.");

    private static async Task<int> WatchAsync(
        UaClient client, List<Subscription> subscriptions, SubscriptionCounter? counter, int items, TimeSpan? span, bool json, CancellationToken cancel)
    {
        // What subscribing to thousands of items left behind is given back; from here on there is next to no garbage.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var (start, before) = (Usage.Now(), counter?.Notifications ?? 0);
        var interrupted = false;
        try
        {
            await Task.Delay(span ?? Timeout.InfiniteTimeSpan, TimeProvider.System, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            interrupted = true;
        }

        var rejected = subscriptions.Sum(subscription => subscription.RejectedItems);
        if (counter is not null)
            Print(start, counter.Notifications - before, items, subscriptions.Sum(subscription => subscription.MonitoredItems), client.Counters, json);
        return interrupted ? ExitCodes.Interrupted : rejected > 0 ? ExitCodes.Problem : ExitCodes.Success;
    }

    private static void Print(Usage start, long notifications, int items, int monitored, ClientCounters counters, bool json)
    {
        var end = Usage.Now();
        var seconds = Stopwatch.GetElapsedTime(start.At, end.At).TotalSeconds;
        var processor = (end.Processor - start.Processor).TotalSeconds;
        if (!json)
        {
            Console.WriteLine($"{notifications} notifications in {seconds:0.0} s ({notifications / seconds:0.0} per second) from {monitored} of {items} items");
            Console.WriteLine($"{processor:0.00} s of processor, {end.Memory:0.0} MB resident, {counters.SequenceGaps} sequence gaps, {counters.Republished} messages republished");
            return;
        }

        Console.WriteLine(JsonText.Of(writer =>
        {
            writer.WriteNumber("items", items);
            writer.WriteNumber("monitored", monitored);
            writer.WriteNumber("seconds", Math.Round(seconds, 3));
            writer.WriteNumber("notifications", notifications);
            writer.WriteNumber("per_second", Math.Round(notifications / seconds, 1));
            writer.WriteNumber("cpu_seconds", Math.Round(processor, 3));
            writer.WriteNumber("rss_mb", Math.Round(end.Memory, 1));
            writer.WriteNumber("sequence_gaps", counters.SequenceGaps);
            writer.WriteNumber("republished", counters.Republished);
        }));
    }

    private readonly record struct Usage(long At, TimeSpan Processor, double Memory)
    {
        public static Usage Now()
        {
            using var process = Process.GetCurrentProcess();
            return new Usage(Stopwatch.GetTimestamp(), process.TotalProcessorTime, process.WorkingSet64 / 1048576.0);
        }
    }
}
