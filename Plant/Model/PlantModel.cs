using System.Collections.Immutable;

namespace PatchEdge.Plant.Model;

/// <summary>One site as its plant file describes it: what is produced where, watched by what, and which hosts may be patched.</summary>
/// <remarks>Immutable. Every name is unique within its kind, and every reference by name resolves: the loader has checked it.</remarks>
public sealed record PlantModel
{
    /// <summary>Site name (ISA-95), the first level of every topic and every point's <c>site</c>.</summary>
    public required string Site { get; init; }

    public required ImmutableArray<OpcUaServer> Servers { get; init; }

    public required ImmutableArray<GatewayNode> Gateways { get; init; }

    public required ImmutableArray<Historian> Historians { get; init; }

    public required ImmutableArray<Area> Areas { get; init; }

    public required ImmutableArray<Host> Hosts { get; init; }

    /// <summary>SHA-256 (lower-case hex) over the canonical content; equal content, whatever its comments and layout, has an equal hash.</summary>
    public required string Hash { get; init; }

    public IEnumerable<Line> Lines => Areas.SelectMany(area => area.Lines);

    public IEnumerable<Tag> Tags => Lines.SelectMany(line => line.Tags);
}

/// <summary>An area of the site (ISA-95).</summary>
public sealed record Area
{
    public required string Name { get; init; }

    public required ImmutableArray<Line> Lines { get; init; }
}

/// <summary>A production line or process cell (ISA-95): what must be idle before its hosts are touched.</summary>
public sealed record Line
{
    public required string Name { get; init; }

    public required string Area { get; init; }

    /// <summary>How long every idle condition must have held, on unbroken evidence, before the line counts as idle.</summary>
    public required TimeSpan Dwell { get; init; }

    public required ImmutableArray<Unit> Units { get; init; }

    public required ImmutableArray<Tag> Tags { get; init; }

    /// <summary>Null for an always-on line (a stability chamber): it is never idle, so its hosts need its coverage kept instead.</summary>
    public required IdleRule? Idle { get; init; }

    /// <summary>Name of the tag whose value names the running batch; null when the line has none.</summary>
    public string? BatchTag { get; init; }

    public required HoldMode Hold { get; init; }
}

/// <summary>An equipment unit (ISA-88).</summary>
/// <param name="Name">Unique within its line.</param>
/// <param name="Profile">Name of the state profile that its state tags speak; see <see cref="States.StateProfile"/>.</param>
public sealed record Unit(string Name, string? Profile);

/// <summary>How a line itself refuses to start while a permit lives.</summary>
public enum HoldMode
{
    /// <summary>The line cannot refuse: releases need a person at the line.</summary>
    None,

    /// <summary>An OPC UA method of the line's controller.</summary>
    Method,

    /// <summary>A pair of variables, request and acknowledgement.</summary>
    Tags,
}

/// <summary>A configured OPC UA variable.</summary>
public sealed record Tag
{
    /// <summary>Unique within the site, <c>Line/Unit.Name</c> by custom.</summary>
    public required string Name { get; init; }

    public required string Line { get; init; }

    public string? Unit { get; init; }

    /// <summary>Names of the servers that offer the node; more than one when they are redundant.</summary>
    public required ImmutableArray<string> Servers { get; init; }

    /// <summary>Node as <c>nsu=URI;s=Name</c> or, for namespace 0, <c>i=2258</c>: a bare namespace index may move when a server restarts.</summary>
    public required string Node { get; init; }

    /// <summary>Name of the expected built-in data type, such as <c>Int32</c>; null accepts what the server says at the first connection.</summary>
    public string? DataType { get; init; }

    /// <summary>Its monitoring demonstrates conformance: it must never lose its last path.</summary>
    public bool Critical { get; init; }

    /// <summary>Its values go to the historian as <c>tag_value</c>.</summary>
    public bool Record { get; init; }

    public required TimeSpan SamplingInterval { get; init; }

    public required uint QueueSize { get; init; }

    /// <summary>Silence longer than this on an intact connection means a frozen source; null when silence is plausible for ever.</summary>
    public TimeSpan? LongestSilence { get; init; }
}

/// <summary>What must hold for a line to count as idle: three groups of conditions; the fourth, proof, holds for every tag they name.</summary>
public sealed record IdleRule
{
    /// <summary>Every unit's state is one that allows work.</summary>
    public required ImmutableArray<Condition> State { get; init; }

    /// <summary>No batch is loaded.</summary>
    public required ImmutableArray<Condition> NoBatch { get; init; }

    /// <summary>Nothing moves and no transition is in progress.</summary>
    public required ImmutableArray<Condition> NoMotion { get; init; }

    public IEnumerable<(ConditionGroup Group, Condition Condition)> All =>
        State.Select(condition => (ConditionGroup.State, condition))
            .Concat(NoBatch.Select(condition => (ConditionGroup.NoBatch, condition)))
            .Concat(NoMotion.Select(condition => (ConditionGroup.NoMotion, condition)));
}

public enum ConditionGroup
{
    State,
    NoBatch,
    NoMotion,
    Proof,
}

/// <summary>One condition over one tag: <see cref="StateCondition"/> or <see cref="ValueCondition"/>.</summary>
/// <param name="Tag">Name of the tag it reads.</param>
public abstract record Condition(string Tag);

/// <summary><c>tag in [names]</c>: the tag's number, read through a state profile, is one of the named states.</summary>
/// <param name="Tag">A state tag.</param>
/// <param name="Profile">The profile that gives the numbers their names.</param>
/// <param name="Allowed">State names of that profile.</param>
public sealed record StateCondition(string Tag, string Profile, ImmutableArray<string> Allowed) : Condition(Tag)
{
    public override string ToString() => $"{Tag} in [{string.Join(", ", Allowed)}]";
}

/// <summary><c>tag op value</c>.</summary>
/// <param name="Tag">Any scalar tag.</param>
/// <param name="Operator">How to compare.</param>
/// <param name="Operand">Number, Boolean or text to compare with, as the plant file wrote it.</param>
public sealed record ValueCondition(string Tag, ComparisonOperator Operator, ConditionOperand Operand) : Condition(Tag)
{
    public override string ToString() => $"{Tag} {Operator.Symbol()} {Operand}";
}

public enum ComparisonOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

public static class ComparisonOperators
{
    /// <summary>The operator as the plant file writes it, such as <c>&lt;=</c>.</summary>
    public static string Symbol(this ComparisonOperator comparison) => comparison switch
    {
        ComparisonOperator.Equal => "==",
        ComparisonOperator.NotEqual => "!=",
        ComparisonOperator.Less => "<",
        ComparisonOperator.LessOrEqual => "<=",
        ComparisonOperator.Greater => ">",
        _ => ">=",
    };
}

/// <summary>A constant in a condition: exactly one of the three is set.</summary>
public readonly record struct ConditionOperand(double? Number, bool? Boolean, string? Text)
{
    public override string ToString() =>
        Number?.ToString("R", null) ?? (Boolean is { } flag ? (flag ? "true" : "false") : $"'{Text}'");
}

/// <summary>An OPC UA server and how to reach it.</summary>
public sealed record OpcUaServer
{
    public required string Name { get; init; }

    /// <summary><c>opc.tcp://host:port/path</c></summary>
    public required string Url { get; init; }

    /// <summary>Policy name as in the specification, such as <c>Basic256Sha256</c>; pinned, never negotiated down.</summary>
    public required string SecurityPolicy { get; init; }

    /// <summary><c>None</c>, <c>Sign</c> or <c>SignAndEncrypt</c>.</summary>
    public required string SecurityMode { get; init; }

    /// <summary>Null connects anonymously.</summary>
    public string? User { get; init; }

    /// <summary>File that holds the password, readable by its owner only.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Name of the host it runs on; null when that host is outside the patch scheme (a PLC).</summary>
    public string? Host { get; init; }

    public required TimeSpan PublishingInterval { get; init; }

    public required uint KeepAliveCount { get; init; }

    public required uint LifetimeCount { get; init; }
}

/// <summary>A gateway of this site.</summary>
/// <param name="Name">Its name in topics and points.</param>
/// <param name="Host">Name of the host it runs on; null when that host is outside the patch scheme.</param>
/// <param name="Servers">Names of the servers that it watches.</param>
public sealed record GatewayNode(string Name, string? Host, ImmutableArray<string> Servers);

/// <summary>A historian: an InfluxDB, or a gateway's own journal.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Host">Name of the host it runs on; null when that host is outside the patch scheme.</param>
public sealed record Historian(string Name, string? Host);

/// <summary>A machine to patch.</summary>
public sealed record Host
{
    public required string Name { get; init; }

    /// <summary>Class of machine, such as <c>hmi</c> or <c>server</c>: durations are learnt per procedure and class.</summary>
    public required string Class { get; init; }

    /// <summary>Names of the lines it serves: all must be idle before it is touched.</summary>
    public required ImmutableArray<string> Lines { get; init; }
}

/// <summary>A way by which a tag reaches the record: server → gateway → historian, with the hosts that each rests on.</summary>
public sealed record TagPath(string Tag, string Server, string? ServerHost, string Gateway, string? GatewayHost, string? Historian, string? HistorianHost);
