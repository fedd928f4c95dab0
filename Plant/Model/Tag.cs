using System.Collections.Immutable;

namespace PatchEdge.Plant.Model;

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

    /// <summary>Name of the state profile that gives its numbers their names; null for a tag that is no state.</summary>
    public string? Profile { get; init; }

    /// <summary>Its monitoring demonstrates conformance: it must never lose its last path.</summary>
    public bool Critical { get; init; }

    /// <summary>How many live paths a critical tag keeps whatever is patched; at least 1.</summary>
    public int MinimumPaths { get; init; } = 1;

    /// <summary>Its values go to the historian as <c>tag_value</c>.</summary>
    public bool Record { get; init; }

    public required TimeSpan SamplingInterval { get; init; }

    public required uint QueueSize { get; init; }

    /// <summary>Silence longer than this on an intact connection means a frozen source; null when silence is plausible for ever.</summary>
    public TimeSpan? LongestSilence { get; init; }
}
