using System.Collections.Immutable;

namespace PatchEdge.Plant.Model;

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

    /// <summary>How old the newest proof of each condition may be before it is a doubt.</summary>
    public TimeSpan EvidenceAge { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How far a server's clock may be off the gateway's before its evidence is a doubt.</summary>
    public TimeSpan ClockOffset { get; init; } = TimeSpan.FromSeconds(2);

    public required ImmutableArray<Unit> Units { get; init; }

    public required ImmutableArray<Tag> Tags { get; init; }

    /// <summary>Null for an always-on line (a stability chamber): it is never idle, so its hosts need its coverage kept instead.</summary>
    public required IdleRule? Idle { get; init; }

    /// <summary>Name of the tag whose value names the running batch; null when the line has none.</summary>
    public string? BatchTag { get; init; }

    public required HoldMode Hold { get; init; }

    /// <summary>Name of the tag in which the controller shows the token of the hold in force, 0 when free; null when it shows none.</summary>
    /// <remarks>With it a hold that somebody overwrites at the equipment is noticed while it lasts.</remarks>
    public string? HeldTokenTag { get; init; }

    /// <summary>The equipment's side of the hold; null unless the mode is by method or by tags.</summary>
    public HoldNodes? HoldNodes { get; init; }
}

/// <summary>An equipment unit (ISA-88).</summary>
/// <param name="Name">Unique within its line.</param>
/// <param name="Profile">Name of the state profile that its state tags speak; see <see cref="States.StateProfile"/>.</param>
public sealed record Unit(string Name, string? Profile);

/// <summary>How a line itself refuses to start while a permit lives.</summary>
public enum HoldMode
{
    /// <summary>The line cannot refuse: the plant file says so, and a release needs a person at the line.</summary>
    None,

    /// <summary>An OPC UA method of the line's controller.</summary>
    Method,

    /// <summary>A pair of variables, request and acknowledgement.</summary>
    Tags,

    /// <summary>The plant file does not say: nothing is released.</summary>
    Unstated,
}

/// <summary>Where the equipment takes a hold. Nodes are written as <see cref="Tag.Node"/> is.</summary>
/// <param name="Server">Name of the server that offers the nodes.</param>
/// <param name="Request"><see cref="HoldMode.Method"/>: <c>RequestHold(token, duration) → (granted, epoch, reason)</c>. <see cref="HoldMode.Tags"/>: the request variable.</param>
/// <param name="Release"><see cref="HoldMode.Method"/>: <c>ReleaseHold(token)</c>. <see cref="HoldMode.Tags"/>: the acknowledgement variable.</param>
/// <param name="Object"><see cref="HoldMode.Method"/>: the object that both methods are called on; null for tags.</param>
public sealed record HoldNodes(string Server, string Request, string Release, string? Object)
{
    /// <summary>Other servers of its redundancy set, which reach the same controller; in order of preference.</summary>
    public ImmutableArray<string> Alternates { get; init; } = [];

    /// <summary>Every server that takes the hold, the preferred one first.</summary>
    public IEnumerable<string> Servers => Alternates.Prepend(Server);
}
