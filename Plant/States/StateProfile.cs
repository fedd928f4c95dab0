using System.Globalization;

namespace PatchEdge.Plant.States;

/// <summary>Gives the numbers of a state tag their names. Numbers collide between standards, so a state tag is always bound to one.</summary>
public sealed record StateProfile
{
    /// <summary>Name in the plant file, such as <c>packml</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The standard that defines the names.</summary>
    public required string Source { get; init; }

    /// <summary>State names by number.</summary>
    public required IReadOnlyDictionary<int, string> States { get; init; }

    /// <summary>What each named state says about the product; covers every value of <see cref="States"/>.</summary>
    public required IReadOnlyDictionary<string, StateMeaning> Meanings { get; init; }

    /// <summary>Names that count as idle unless the plant file says otherwise; empty when the standard has none that it could assume.</summary>
    public IEnumerable<string> DefaultIdle => States.Values.Where(state => Meanings[state] == StateMeaning.Rest);

    /// <summary>Names that a plant file may list as idle.</summary>
    public IEnumerable<string> AllowedIdle => States.Values.Where(state => Meanings[state] is StateMeaning.Rest or StateMeaning.RestByChoice);

    /// <summary>The state's name; null for a number outside the profile, which is a doubt.</summary>
    public string? NameOf(double number) =>
        number is >= int.MinValue and <= int.MaxValue && Math.Truncate(number) == number && States.TryGetValue((int)number, out var name) ? name : null;

    /// <summary>Why the named state can never count as idle; null when it can.</summary>
    public string? NeverIdle(string state) => Meanings[state] switch
    {
        StateMeaning.InProcess => $"{state} can never count as idle: product is in process",
        StateMeaning.Passing => $"{state} can never count as idle: the equipment is on its way from one state to another",
        StateMeaning.Indefinite => $"{state} can never count as idle: it says nothing about the equipment",
        _ => null,
    };

    /// <summary>The number with its name, for people: <c>6 Execute</c>.</summary>
    public string Describe(double number) =>
        number.ToString("R", CultureInfo.InvariantCulture) + (NameOf(number) is { } name ? " " + name : $" (no state of {Name})");
}

/// <summary>What a state says about the product in the equipment.</summary>
public enum StateMeaning
{
    /// <summary>Says nothing, such as Undefined: never idle.</summary>
    Indefinite,

    /// <summary>At rest without product: idle by default.</summary>
    Rest,

    /// <summary>At rest, but whether without product is the site's knowledge: idle when the plant file lists it.</summary>
    RestByChoice,

    /// <summary>Product is in the equipment, moving or not: never idle.</summary>
    InProcess,

    /// <summary>On the way from one state to another: never idle.</summary>
    Passing,
}
