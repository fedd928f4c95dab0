using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>What a story is about.</summary>
internal sealed record Plot
{
    /// <summary>Of everything that is left to chance.</summary>
    public required int Seed { get; init; }

    /// <summary>A rule that some part does not keep.</summary>
    public Mutant Mutant { get; init; }

    /// <summary>The one invariant that is looked at; null looks at all.</summary>
    public string? Only { get; init; }

    /// <summary>How many busy times there are, each followed by a long one.</summary>
    public int Spells { get; init; } = 2;

    /// <summary>How long patches keep coming in a busy time.</summary>
    public TimeSpan Busy { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How many times hosts are overhauled after it, for days.</summary>
    public int Overhauls { get; init; } = 2;

    /// <summary>Programs are killed and frozen, disks are full, people change their minds.</summary>
    public bool Faults { get; init; } = true;

    /// <summary>How long everything may take to come to rest, once nothing fails any more; the wire is calm then, if anything failed by chance before.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromMinutes(25);

    public WireTemper Temper { get; init; } = WireTemper.Rough;

    /// <summary>Who is killed at which of the points that it passes; null for nobody.</summary>
    public (string Who, int Point)? Kill { get; init; }

    /// <summary>Hosts that are patched, and with what; null leaves it to chance.</summary>
    public (string Host, string Procedure)[]? Jobs { get; init; }

    /// <summary>What else happens.</summary>
    public Action<Story>? Also { get; init; }
}

/// <summary>How a story went.</summary>
internal sealed record Tale
{
    /// <summary>The first invariant that broke, and how; null when none did.</summary>
    public required string? Broken { get; init; }

    /// <summary>Plant-hours that passed.</summary>
    public required double Hours { get; init; }

    /// <summary>Of those, hours in which a run was under way.</summary>
    public required double UnderWay { get; init; }

    /// <summary>Hours that were not leapt over.</summary>
    public required double Lived { get; init; }

    /// <summary>Permits signed.</summary>
    public required int Releases { get; init; }

    /// <summary>Steps that hosts began.</summary>
    public required int Begun { get; init; }

    /// <summary>Runs that were done.</summary>
    public required int Done { get; init; }

    /// <summary>In the end no run was under way, and no line was held.</summary>
    public required bool IsAtRest { get; init; }

    /// <summary>A number that two tellings of one seed share.</summary>
    public required long Trace { get; init; }

    /// <summary>Points at which somebody could have been killed.</summary>
    public required Dictionary<string, int> Points { get; init; }

    public required Tally Tally { get; init; }

    /// <summary>The newest entries of the ledger where an invariant broke, else nothing.</summary>
    public required string Record { get; init; }
}
