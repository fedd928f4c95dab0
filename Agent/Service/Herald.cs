using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using System.Threading.Channels;
using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Messaging;
using PatchEdge.Agent.Permits;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.State;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Service;

/// <summary>Tells the scheduler how the agent and its run are: each change at once, the heartbeat and an unacknowledged run again and again.</summary>
internal sealed class Herald : IDisposable
{
    private const int OutboxCapacity = 64;
    private static readonly TimeSpan ProgressExpiry = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FarewellExpiry = TimeSpan.FromDays(30);
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(3);
    private static readonly string Version =
        typeof(Herald).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    private readonly AgentIdentity identity;
    private readonly AgentTimings timings;
    private readonly StateStore store;
    private readonly TimeProvider time;
    private readonly ImmutableArray<InstalledProcedure> installed;
    private readonly string pinnedKey;
    private readonly bool remote;
    private readonly Channel<RunProgress?> outbox = Channel.CreateBounded<RunProgress?>(
        new BoundedChannelOptions(OutboxCapacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <param name="identity">Who we are.</param>
    /// <param name="procedures">What is installed.</param>
    /// <param name="timings">How often it tells.</param>
    /// <param name="store">The durable state.</param>
    /// <param name="time">The clock.</param>
    /// <param name="remote">The host is elsewhere.</param>
    public Herald(AgentIdentity identity, ProcedureShelf procedures, AgentTimings timings, StateStore store, TimeProvider time, bool remote = false)
    {
        this.remote = remote;
        this.identity = identity;
        this.timings = timings;
        this.store = store;
        this.time = time;
        installed = [.. procedures.All.Select(procedure => procedure.Installed())];
        pinnedKey = identity.PinnedKey();
    }

    /// <summary>What the broker is to publish when the agent falls silent.</summary>
    public Letter Will => Write(new AgentStatus { Site = identity.Site, Host = identity.Host, Boot = identity.Boot, Online = false }, FarewellExpiry);

    /// <summary>Never waits: behind a slow broker the oldest news is dropped, since the latest is repeated anyway.</summary>
    public void Tell(RunProgress progress) => outbox.Writer.TryWrite(progress);

    /// <summary>The connection is new, or something in the heartbeat changed: tell everything now.</summary>
    public void Nudge() => outbox.Writer.TryWrite(null);

    public async Task RunAsync(BrokerLink link, CancellationToken stop)
    {
        await Task.Yield();
        await using var pulse = time.CreateTimer(_ => Nudge(), null, timings.Heartbeat, timings.Heartbeat);
        await using var repeat = time.CreateTimer(_ => Repeat(), null, timings.ProgressRepeat, timings.ProgressRepeat);
        link.Connected += Greet;
        try
        {
            while (await outbox.Reader.WaitToReadAsync(stop))
                while (!stop.IsCancellationRequested && outbox.Reader.TryRead(out var progress))
                    await link.SendAsync(progress is null ? Heartbeat() : Write(progress), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await FarewellAsync(link);
        }
        finally
        {
            link.Connected -= Greet;
        }
    }

    public void Dispose() => outbox.Writer.TryComplete();

    private void Greet()
    {
        Nudge();
        Repeat();
    }

    private void Repeat()
    {
        if (store.Current?.Pending is { } run)
            Tell(run.Progress);
    }

    /// <summary>The last progress may still be in the box; after it, the agent says itself what its will would say.</summary>
    private async Task FarewellAsync(BrokerLink link)
    {
        using var limit = new CancellationTokenSource(FarewellLimit, time);
        try
        {
            while (outbox.Reader.TryRead(out var progress))
                if (progress is not null)
                    await link.SendAsync(Write(progress), limit.Token);
            await link.SendAsync(Will with { Retain = true }, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The broker is slow; its will says the same.
        }
    }

    private Letter Heartbeat()
    {
        var state = store.Current;
        return Write(
            new AgentStatus
            {
                Site = identity.Site,
                Host = identity.Host,
                Boot = identity.Boot,
                Online = true,
                At = time.GetUtcNow(),
                ValidForMs = (int)timings.HeartbeatValidity.TotalMilliseconds,
                Version = Version,
                Procedures = installed,
                HighestToken = state?.HighestToken ?? 0,
                CurrentRun = state?.Pending?.Run,
                Fault = store.Fault,
                PinnedKey = pinnedKey,
                Remote = remote,
            },
            timings.HeartbeatValidity) with { Retain = true };
    }

    private Letter Write(AgentStatus status, TimeSpan expiry) => new(
        Topics.AgentStatus(identity.Site, identity.Host), JsonSerializer.SerializeToUtf8Bytes(status, MessageJson.Default.AgentStatus), expiry);

    private Letter Write(RunProgress progress) => new(
        Topics.Progress(identity.Site, identity.Host), JsonSerializer.SerializeToUtf8Bytes(progress, MessageJson.Default.RunProgress), ProgressExpiry);
}
