namespace PatchEdge.Gateway.Tests.Truth;

/// <summary>Two faults that meet at one server, at the moment that matters.</summary>
/// <param name="First">What begins.</param>
/// <param name="Length">Of that, in milliseconds; null for whatever is usual.</param>
/// <param name="Second">What meets it.</param>
/// <param name="After">How long after it began, in milliseconds.</param>
/// <param name="SecondLength">Of the second.</param>
/// <param name="Cue">What the second waits for then.</param>
internal sealed record Meeting(FaultKind First, (long Least, long Most)? Length, FaultKind Second, (long Least, long Most) After, (long Least, long Most) SecondLength, Cue Cue = Cue.Time)
{
    /// <summary>Of every two faults there are thousands of ways to meet; in these the record is easily wrong.</summary>
    public static readonly Meeting[] All =
    [
        // A new subscription, or the first one, is cut off before its first values arrive.
        new(FaultKind.Crash, (1_000, 4_000), FaultKind.Cut, (100, 200), (600, 4_000), Cue.Connection),
        new(FaultKind.Cut, (6_000, 10_000), FaultKind.Killed, (1_000, 3_000), (300, 2_000)) { Third = new(FaultKind.Cut, 5_500, 2_500, 0, Cue.Connection) },
        // What was queued in a break is gone before a message brings it.
        new(FaultKind.Cut, (1_500, 6_000), FaultKind.Crash, (100, 200), (300, 3_000), Cue.Connection),
        new(FaultKind.Cut, (1_500, 6_000), FaultKind.Stall, (100, 200), (1_500, 4_000), Cue.Connection) { Third = new(FaultKind.Crash, 150, 2_000, 0, Cue.Connection) },
        new(FaultKind.Cut, (1_500, 6_000), FaultKind.Stall, (100, 200), (1_500, 4_000), Cue.Connection) { Third = new(FaultKind.Killed, 150, 2_000, 0, Cue.Connection) },
        // Messages are lost, or values dropped, among those that are held up.
        new(FaultKind.Stall, null, FaultKind.NotificationLost, (100, 3_000), (0, 1)),
        new(FaultKind.Stall, null, FaultKind.Burst, (100, 3_000), (0, 1)),
        // What the server answered to nobody is lost, or is had again.
        new(FaultKind.Cut, (600, 4_000), FaultKind.NotificationLost, (0, 1), (0, 1)),
        new(FaultKind.Cut, (600, 4_000), FaultKind.ResponseLost, (0, 1), (0, 1), Cue.Connection),
        // It breaks again while what was kept is asked for.
        new(FaultKind.Cut, (600, 4_000), FaultKind.Cut, (100, 200), (300, 3_000), Cue.Connection),
        new(FaultKind.SessionLost, (600, 4_000), FaultKind.SessionLost, (100, 200), (300, 3_000), Cue.Connection),
        // It breaks while a message waits for another one, which is asked for.
        new(FaultKind.NotificationLost, (0, 1), FaultKind.Cut, (0, 2_000), (300, 6_000), Cue.Message),
        new(FaultKind.ResponseLost, (0, 1), FaultKind.Cut, (0, 2_000), (300, 6_000), Cue.Message),
        // What changed while nobody was connected arrives late.
        new(FaultKind.Cut, (7_000, 12_000), FaultKind.Stall, (6_000, 7_000), (500, 3_500), Cue.Connection),
        new(FaultKind.Frozen, (8_500, 14_000), FaultKind.Cut, (7_000, 12_000), (300, 6_000), Cue.Message),
        new(FaultKind.Frozen, (7_000, 9_500), FaultKind.Stall, (5_000, 7_500), (500, 3_500)),
        new(FaultKind.Bad, (500, 3_000), FaultKind.Stall, (0, 1_500), (1_500, 4_000)),
        new(FaultKind.Stall, (1_500, 4_000), FaultKind.Uncertain, (0, 1_500), (300, 2_000)),
        new(FaultKind.Stall, (1_500, 4_000), FaultKind.Burst, (0, 3_000), (0, 1)),
        new(FaultKind.SessionLost, (1_000, 9_000), FaultKind.Burst, (0, 5_000), (0, 1)),
        new(FaultKind.Crash, (1_000, 9_000), FaultKind.Burst, (0, 9_000), (0, 1), Cue.Connection),
        new(FaultKind.ResponsesLost, (5_000, 9_000), FaultKind.Bad, (0, 4_000), (500, 4_000)),
        new(FaultKind.ResponsesLost, (3_000, 9_000), FaultKind.Cut, (1_000, 8_000), (300, 4_000)),
        // The gateway ends before it has noticed.
        new(FaultKind.Stall, (3_000, 6_000), FaultKind.Killed, (500, 4_500), (300, 6_000)),
        new(FaultKind.Hang, (4_000, 9_000), FaultKind.Killed, (500, 5_000), (300, 6_000)),
        new(FaultKind.Cut, (1_000, 9_000), FaultKind.Killed, (0, 9_000), (300, 6_000), Cue.Connection),
        // Several doubts at once: the first has the name.
        new(FaultKind.NotRunning, (6_000, 12_000), FaultKind.Cut, (1_000, 5_000), (300, 6_000)),
        new(FaultKind.NotRunning, (6_000, 12_000), FaultKind.Crash, (1_000, 5_000), (300, 6_000)),
        new(FaultKind.Bad, (4_000, 12_000), FaultKind.Cut, (1_000, 5_000), (1_500, 6_000)),
        new(FaultKind.Uncertain, (4_000, 12_000), FaultKind.Hang, (1_000, 5_000), (5_000, 9_000)),
        // The gateway's own troubles in the middle of a server's.
        new(FaultKind.Cut, (2_000, 9_000), FaultKind.GatewayClockSetForward, (0, 9_000), (3_000, 60_000)),
        new(FaultKind.Hang, (5_000, 9_000), FaultKind.GatewayClockSetForward, (0, 9_000), (3_000, 60_000)),
        new(FaultKind.Cut, (2_000, 9_000), FaultKind.DiskFails, (0, 9_000), (3_000, 9_000), Cue.Connection),
        new(FaultKind.Cut, (2_000, 9_000), FaultKind.DiskFull, (0, 9_000), (3_000, 9_000), Cue.Connection),
        new(FaultKind.Stall, (2_000, 5_000), FaultKind.ServerClockSet, (0, 4_000), (-30_000, 30_000)),
        // Another plant file, or fewer nodes.
        new(FaultKind.Cut, (2_000, 9_000), FaultKind.Retuned, (0, 9_000), (0, 1)),
        new(FaultKind.Retuned, (0, 1), FaultKind.Cut, (0, 1_500), (300, 6_000)),
        new(FaultKind.TagsRemoved, (2_000, 5_000), FaultKind.SessionLost, (1_000, 3_000), (2_500, 6_000)),
        new(FaultKind.TagsRemoved, (3_000, 12_000), FaultKind.Killed, (500, 5_000), (300, 4_000)),
        new(FaultKind.TagsRemoved, (3_000, 12_000), FaultKind.Crash, (500, 5_000), (300, 4_000)),
        new(FaultKind.Bad, (4_000, 9_000), FaultKind.TagsRemoved, (500, 5_000), (1_000, 8_000)),
        new(FaultKind.NodesMissing, (6_000, 15_000), FaultKind.Cut, (3_000, 6_000), (300, 5_000)),
        new(FaultKind.NodesMissing, (6_000, 15_000), FaultKind.Killed, (3_000, 6_000), (300, 5_000)),
        new(FaultKind.NodesMissing, (6_000, 15_000), FaultKind.TagsRemoved, (3_000, 6_000), (300, 5_000)),
    ];

    /// <summary>Another one beside the second, so long after the first began; its server is theirs.</summary>
    public Fault? Third { get; init; }

    public List<Fault> At(ScenarioPlan plan, long at, Random random)
    {
        long Drawn((long Least, long Most) range) => random.NextInt64(range.Least, range.Most);
        var server = random.Next(Model.PlantTag.Servers);
        var first = plan.Fault(First, at, server, random);
        if (Length is { } length)
            first = first with { Length = Drawn(length) };
        var second = plan.Fault(Second, at + Drawn(After), server, random) with { Length = Drawn(SecondLength), Cue = Cue };
        var faults = OperatingSystem.IsLinux() || Second is not (FaultKind.DiskFails or FaultKind.DiskFull) ? new List<Fault> { first, second } : [first];
        if (Third is { } third)
            faults.Add(third with { At = at + third.At, Server = server });
        return faults;
    }
}
