using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Recording;
using PatchEdge.Simulator.Truth;

namespace PatchEdge.Simulator.Equipment;

/// <summary>One line as a server shows it: an object with its units and tags, and the two methods of the hold.</summary>
internal sealed class ServedLine
{
    /// <summary>How often the controller looks at its line.</summary>
    public static readonly TimeSpan Scan = TimeSpan.FromMilliseconds(50);

    private readonly Line line;
    private readonly LineController controller;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly List<ServedTag> tags = [];
    private readonly List<(ServedTag Tag, DataValue Value)> next = [];
    private readonly PlantRecorder? record;
    private bool? wasIdle;

    public ServedLine(Line line, string serverName, AddressSpace space, LineController controller, PlantRecorder? record, TimeProvider time)
    {
        this.line = line;
        this.record = record;
        this.controller = controller;
        this.time = time;
        var own = line.Tags.Where(tag => tag.Servers.Contains(serverName)).ToList();
        var ns = space.AddNamespace(NamespaceOf(own[0]));
        var lineNode = space.AddObject(space.Objects, new NodeId(line.Name, ns), line.Name);
        var units = line.Units.Select(unit => unit.Name).ToList();
        var unitNodes = units.ToDictionary(unit => unit, unit => space.AddObject(lineNode, new NodeId($"{line.Name}.{unit}", ns), unit));
        foreach (var tag in own)
        {
            var parent = tag.Unit is { } unit ? unitNodes[unit] : lineNode;
            var identifier = tag.Node[(tag.Node.IndexOf(";s=", StringComparison.Ordinal) + 3)..];
            var node = space.AddVariable(parent, new NodeId(identifier, ns), identifier[(identifier.LastIndexOf('.') + 1)..], new VariableOptions
            {
                DataType = DataTypeOf(tag),
                HistoryCapacity = 10_000,
            });
            tags.Add(new ServedTag(tag, node, TagSignal.For(tag, tag.Unit is null ? 0 : units.IndexOf(tag.Unit))) { Recorded = record?.Define(tag.Name) ?? 0 });
        }

        AddHold(space, lineNode, ns);
    }

    public int Variables => tags.Count;

    /// <summary>Puts a fault on a tag for a while.</summary>
    /// <returns>Whether there is such a tag.</returns>
    public bool Fail(string name, FaultKind kind, TimeSpan length)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (tags.Find(tag => tag.Name == name) is not { } tag)
                return false;
            tag.Fail(new TagFault(kind, now + length), record, now);
            return true;
        }
    }

    public void Advance(TruthFile truth)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            controller.Advance(now);
            var idle = controller.IsIdle;
            if (idle != wasIdle && line.Idle is not null)
                truth.Append(new TruthRecord(now, idle ? TruthKind.LineIdle : TruthKind.LineActive, line.Name, controller.BatchId));
            wasIdle = idle;
            foreach (var tag in tags)
                if (tag.Next(controller, now, record) is { } value)
                    next.Add((tag, value));
            foreach (var (tag, value) in next)
                record?.Add(tag.Recorded, value);
            record?.Commit();
            foreach (var (tag, value) in next)
                tag.Node.SetValue(value);
            next.Clear();
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
}
