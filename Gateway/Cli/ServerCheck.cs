using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Cli.Servers;
using PatchEdge.Gateway.Cli.Tags.Selection;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Cli;

/// <summary>Asks one server about every tag that it should offer: is the node there, a variable, of the type, readable, and how does the server revise our wishes?</summary>
/// <param name="server">Index in <see cref="SourceTable.Servers"/>.</param>
/// <param name="table">What is configured.</param>
/// <param name="problems">Receives a line for each problem: the tag, its node, and what to do.</param>
internal sealed class ServerCheck(int server, SourceTable table, List<string> problems)
{
    private const int AttributesPerTag = 4;
    private const byte CurrentRead = 1;

    /// <summary>A sampling interval granted longer than this many times the one asked for sees something else than what was meant.</summary>
    private const int TooSlow = 2;

    private readonly HashSet<int> troubled = [];

    /// <summary>Which sources to ask about; all without it.</summary>
    public Func<Tag, bool> Concerns { get; init; } = _ => true;

    /// <summary>How a message calls a tag.</summary>
    public Func<Tag, string> Naming { get; init; } = tag => "tag " + tag.Name;

    /// <summary>Whether a sampling interval that the server revises too far is a problem rather than a note.</summary>
    public bool RefuseSlowSampling { get; init; }

    /// <summary>What is good to know and no problem.</summary>
    public List<string> Notes { get; } = [];

    private OpcUaServer Place => table.Servers[server];

    public async Task RunAsync(UaClientOptions options, CancellationToken cancel)
    {
        await using var client = new UaClient(options);
        await client.ConnectAsync(cancel).ConfigureAwait(false);
        Notes.Add($"server {Place.Name}: connected to {Place.Url}, {options.SecurityPolicy}:{options.MessageSecurityMode}, {options.UserIdentity}, state {client.Server.State}, clock off by {client.Server.ClockOffset.Offset.TotalMilliseconds:0.0} ms");
        var found = new List<(int Source, NodeId Node)>();
        foreach (var source in Enumerable.Range(0, table.Tags.Length).Where(source => table.ServerOf(source) == server && Concerns(table.Tags[source])))
        {
            if (!ExpandedNodeId.TryParse(table.Tags[source].Node, out var expanded))
                Problem(source, "is no node id; write nsu=URI;s=Name");
            else if (!expanded.TryResolve(client.Server.NamespaceArray, out var node))
                Problem(source, $"lies in a namespace that the server does not have; it has {string.Join(", ", client.Server.NamespaceArray)}");
            else
                found.Add((source, node));
        }

        await CheckAttributesAsync(client, found, cancel).ConfigureAwait(false);
        await CheckMonitoringAsync(client, found, cancel).ConfigureAwait(false);
    }

    private async Task CheckAttributesAsync(UaClient client, List<(int Source, NodeId Node)> found, CancellationToken cancel)
    {
        var wanted = found.SelectMany(pair => new[] { AttributeIds.NodeClass, AttributeIds.DataType, AttributeIds.UserAccessLevel, AttributeIds.Value }
            .Select(attribute => new ReadValueId { NodeId = pair.Node, AttributeId = attribute })).ToArray();
        var values = await client.ReadAsync(wanted, TimestampsToReturn.Both, TimeSpan.Zero, cancel).ConfigureAwait(false);
        for (var index = 0; index < found.Count; index++)
            CheckTag(found[index].Source, values.AsSpan(index * AttributesPerTag, AttributesPerTag));
    }

    private void CheckTag(int source, ReadOnlySpan<DataValue> attributes)
    {
        var (nodeClass, dataType, access, value) = (attributes[0], attributes[1], attributes[2], attributes[3]);
        if (nodeClass.Status.IsBad)
            Problem(source, $"is not there ({nodeClass.Status.SymbolicName}); find the right one with 'browse {Place.Url}'");
        else if (!nodeClass.Value.TryGetInteger(out var kind) || kind != (long)NodeClass.Variable)
            Problem(source, $"is no variable but {(NodeClass)kind}; name the variable below it");
        else if (access.Value.TryGetInteger(out var level) && (level & CurrentRead) == 0)
            Problem(source, "cannot be read by this user; grant read access at the server");
        else if (value.Status.IsBad)
            Problem(source, $"reads {value.Status.SymbolicName}: its coverage would be a gap; look at the source behind the server");
        else if (table.Tags[source].DataType is { } expected && NodeFacts.TypeOf(dataType, value) is { } actual && actual != expected)
            Problem(source, $"is of type {actual}, the plant file says {expected}; correct one of them");
    }

    private async Task CheckMonitoringAsync(UaClient client, List<(int Source, NodeId Node)> found, CancellationToken cancel)
    {
        var options = new SubscriptionOptions { PublishingInterval = Place.PublishingInterval, KeepAliveCount = Place.KeepAliveCount, LifetimeCount = Place.LifetimeCount, PublishingEnabled = false };
        await using var trial = await client.SubscribeAsync(options, new SubscriptionCounter(), cancel).ConfigureAwait(false);
        if (trial.RevisedPublishingInterval != Place.PublishingInterval || trial.RevisedKeepAliveCount != Place.KeepAliveCount)
            Notes.Add($"server {Place.Name}: publishes every {trial.RevisedPublishingInterval.TotalMilliseconds:0} ms instead of {Place.PublishingInterval.TotalMilliseconds:0} ms, keep-alive after {trial.RevisedKeepAliveCount} instead of {Place.KeepAliveCount}");
        foreach (var group in found.Chunk(SourceTable.MostItems))
        {
            var items = group.Select(pair => new MonitoredItemOptions
            {
                ClientHandle = SubscriptionIntake.HandleOf(pair.Source),
                NodeId = pair.Node,
                SamplingInterval = table.Tags[pair.Source].SamplingInterval,
                QueueSize = table.Tags[pair.Source].QueueSize,
            }).ToList();
            foreach (var result in await trial.AddItemsAsync(items, cancel).ConfigureAwait(false))
                Compare(SubscriptionIntake.SourceOf(result.ClientHandle), result);
        }
    }

    private void Compare(int source, MonitoredItemResult result)
    {
        var tag = table.Tags[source];
        if (result.Status.IsBad)
        {
            if (!troubled.Contains(source))
                Problem(source, $"is not monitored by the server ({result.Status.SymbolicName})");
        }
        else if (RefuseSlowSampling && result.RevisedSamplingInterval > tag.SamplingInterval * TooSlow)
        {
            Problem(source, $"is sampled every {result.RevisedSamplingInterval.TotalMilliseconds:0} ms instead of {tag.SamplingInterval.TotalMilliseconds:0} ms; ask for no less than the server grants");
        }
        else if (result.RevisedSamplingInterval > tag.SamplingInterval || result.RevisedQueueSize < tag.QueueSize)
        {
            Notes.Add($"{Naming(tag)}: sampled every {result.RevisedSamplingInterval.TotalMilliseconds:0} ms instead of {tag.SamplingInterval.TotalMilliseconds:0} ms, queue {result.RevisedQueueSize} instead of {tag.QueueSize}");
        }
    }

    private void Problem(int source, string what)
    {
        troubled.Add(source);
        problems.Add($"{Naming(table.Tags[source])}: node {table.Tags[source].Node} at {Place.Name} {what}");
    }
}
