using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Equipment;

/// <summary>One line as a server shows it: an object with its units and tags, and the two methods of the hold.</summary>
internal sealed class ServedLine
{
    private static readonly TimeSpan Scan = TimeSpan.FromMilliseconds(50);

    private readonly Line line;
    private readonly LineController controller;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly List<(VariableNode Node, TagSignal Signal)> signals = [];
    private bool? wasIdle;

    public ServedLine(Line line, string serverName, AddressSpace space, LineController controller, TimeProvider time)
    {
        this.line = line;
        this.controller = controller;
        this.time = time;
        var tags = line.Tags.Where(tag => tag.Servers.Contains(serverName)).ToList();
        var ns = space.AddNamespace(NamespaceOf(tags[0]));
        var lineNode = space.AddObject(space.Objects, new NodeId(line.Name, ns), line.Name);
        var units = line.Units.Select(unit => unit.Name).ToList();
        var unitNodes = units.ToDictionary(unit => unit, unit => space.AddObject(lineNode, new NodeId($"{line.Name}.{unit}", ns), unit));
        foreach (var tag in tags)
        {
            var parent = tag.Unit is { } unit ? unitNodes[unit] : lineNode;
            var identifier = tag.Node[(tag.Node.IndexOf(";s=", StringComparison.Ordinal) + 3)..];
            var node = space.AddVariable(parent, new NodeId(identifier, ns), identifier[(identifier.LastIndexOf('.') + 1)..], new VariableOptions
            {
                DataType = DataTypeOf(tag),
                HistoryCapacity = 10_000,
            });
            signals.Add((node, TagSignal.For(tag, tag.Unit is null ? 0 : units.IndexOf(tag.Unit))));
        }

        AddHold(space, lineNode, ns);
    }

    public int Variables => signals.Count;

    public void Advance(TruthFile truth)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            controller.Advance(now);
            // The controller's scan, not the server's look at it, dates a value: redundant servers show it alike.
            var scan = new DateTimeOffset(now.Ticks - now.Ticks % Scan.Ticks, TimeSpan.Zero);
            var idle = controller.IsIdle;
            if (idle != wasIdle && line.Idle is not null)
                truth.Append(new TruthRecord(now, idle ? TruthKind.LineIdle : TruthKind.LineActive, line.Name, controller.BatchId));
            wasIdle = idle;
            foreach (var (node, signal) in signals)
            {
                var value = ToVariant(signal.At(controller, scan));
                if (!value.Equals(node.Value.Value))
                    node.SetValue(new DataValue(value, StatusCodes.Good, scan.UtcDateTime));
            }
        }
    }

    private void AddHold(AddressSpace space, Node lineNode, ushort ns)
    {
        space.AddMethod(lineNode, new NodeId(line.Name + ".RequestHold", ns), "RequestHold", (_, arguments) =>
            {
                if (!arguments[0].TryGet(out long token) || !arguments[1].TryGet(out double duration) || !(duration > 0 && duration <= TimeSpan.FromDays(1).TotalMilliseconds))
                    return ValueTask.FromResult(new CallMethodResult { StatusCode = StatusCodes.BadInvalidArgument });
                lock (gate)
                {
                    var (granted, epoch, reason) = controller.RequestHold(token, TimeSpan.FromMilliseconds(duration), time.GetUtcNow());
                    return ValueTask.FromResult(new CallMethodResult { OutputArguments = [granted, epoch, reason] });
                }
            },
            [Input("Token", DataTypeIds.Int64), Input("Duration", DataTypeIds.Duration)],
            [Input("Granted", DataTypeIds.Boolean), Input("Epoch", DataTypeIds.Int64), Input("Reason", DataTypeIds.String)]);
        space.AddMethod(lineNode, new NodeId(line.Name + ".ReleaseHold", ns), "ReleaseHold", (_, arguments) =>
            {
                if (!arguments[0].TryGet(out long token))
                    return ValueTask.FromResult(new CallMethodResult { StatusCode = StatusCodes.BadInvalidArgument });
                lock (gate)
                {
                    var (released, reason) = controller.ReleaseHold(token);
                    return ValueTask.FromResult(new CallMethodResult { OutputArguments = [released, reason] });
                }
            },
            [Input("Token", DataTypeIds.Int64)],
            [Input("Released", DataTypeIds.Boolean), Input("Reason", DataTypeIds.String)]);
    }

    private static Argument Input(string name, NodeId dataType) => new() { Name = name, DataType = dataType };

    private static string NamespaceOf(Tag tag) => tag.Node["nsu=".Length..tag.Node.IndexOf(';', StringComparison.Ordinal)];

    private static NodeId DataTypeOf(Tag tag) => tag.DataType switch
    {
        "Boolean" => DataTypeIds.Boolean,
        "Int32" => DataTypeIds.Int32,
        "UInt32" => DataTypeIds.UInt32,
        "Int64" => DataTypeIds.Int64,
        "Float" => DataTypeIds.Float,
        "String" => DataTypeIds.String,
        _ => DataTypeIds.Double,
    };

    private static Variant ToVariant(object value) => value switch
    {
        bool flag => flag,
        int number => number,
        long number => number,
        uint number => number,
        float number => number,
        double number => number,
        string text => text,
        _ => throw new System.Diagnostics.UnreachableException(value.GetType().Name),
    };
}
