namespace PatchEdge.Plant.States;

/// <summary>Gives the numbers of a state tag their names. Numbers collide between standards, so a state tag is always bound to one.</summary>
public sealed record StateProfile
{
    /// <summary>Name in the plant file, such as <c>packml</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The standard that defines the numbers.</summary>
    public required string Source { get; init; }

    /// <summary>State names by number.</summary>
    public required IReadOnlyDictionary<int, string> States { get; init; }
}
