namespace PatchEdge.Gateway.Tests.Truth;

/// <summary>One story of the plant, drawn from a seed: equal seeds tell equal stories.</summary>
internal sealed record ScenarioPlan
{
    private const long FirstFault = 12_000;

    public required int Seed { get; init; }

    public required int PublishingMs { get; init; }

    public required int KeepAliveCount { get; init; }

    public required int QueueSize { get; init; }

    /// <summary>Nothing changes often: most messages are keep-alives.</summary>
    public required bool IsQuiet { get; init; }

    public required IReadOnlyList<Fault> Faults { get; init; }

    /// <summary>Moments, in milliseconds of true time, at which somebody reads the record.</summary>
    public required IReadOnlyList<long> Looks { get; init; }

    public long KeepAliveMs => (long)PublishingMs * KeepAliveCount;

    public long LateMs => KeepAliveMs * 3 / 2;

    /// <summary>Of the whole scenario, in milliseconds.</summary>
    public required long Length { get; init; }

    public static ScenarioPlan Draw(int seed)
    {
        var random = new Random(seed);
        var publishing = new[] { 250, 500, 1000 }[random.Next(3)];
        var plan = new ScenarioPlan
        {
            Seed = seed,
            PublishingMs = publishing,
            KeepAliveCount = random.Next(3, Math.Max(4, 3_000 / publishing + 1)),
            QueueSize = 7,
            IsQuiet = random.Next(4) == 0,
            Faults = [],
            Looks = [],
            Length = 0,
        };
        var (faults, looks) = (new List<Fault>(), new List<long>());
        var at = FirstFault;
        for (var count = random.Next(3, 6); count > 0; count--)
        {
            var met = random.Next(2) == 0 ? Meeting.All[random.Next(Meeting.All.Length)].At(plan, at, random) : plan.Some(at, random);
            faults.AddRange(met);
            var end = met.Max(fault => fault.End);
            looks.Add(at + random.NextInt64(0, end - at + 5_000));
            at = end + 15_000 + random.Next(5_000);
        }

        return plan with { Faults = faults, Looks = looks, Length = at + 10_000 };
    }

    public override string ToString() =>
        $"seed {Seed}: publishing {PublishingMs} ms, keep-alive {KeepAliveMs} ms, {Length / 1000} s{(IsQuiet ? ", quiet" : "")}; "
        + string.Join(", ", Faults.Select(fault => $"{fault.Kind} of server{fault.Server} at {fault.At}{(fault.Cue == Cue.Time ? "" : $" upon {fault.Cue}")} for {fault.Length}"));

    /// <param name="kind">What is done.</param>
    /// <param name="at">When.</param>
    /// <param name="server">Where.</param>
    /// <param name="random">Draws its length.</param>
    public Fault Fault(FaultKind kind, long at, int server, Random random) => new(kind, at, kind switch
    {
        FaultKind.Hang => random.NextInt64(LateMs + (2 * PublishingMs), 6 * KeepAliveMs),
        FaultKind.Stall => random.NextInt64(PublishingMs, (LateMs * 3) - PublishingMs),
        FaultKind.ResponseLost or FaultKind.NotificationLost or FaultKind.Burst or FaultKind.Retuned or FaultKind.TagAdded => 0,
        FaultKind.Frozen => random.NextInt64(7_000, 20_000),
        FaultKind.ServerClockSet => random.NextInt64(-60_000, 60_000),
        FaultKind.GatewayClockSetForward => random.NextInt64(3_000, 90_000),
        FaultKind.GatewayClockSetBack => random.NextInt64(3_000, 30_000),
        FaultKind.NotRunning => random.NextInt64(3_000, 10_000),
        FaultKind.DiskFails or FaultKind.DiskFull => random.NextInt64(4_000, 15_000),
        FaultKind.NodesMissing => random.NextInt64(3_000, 15_000),
        _ => random.NextInt64(300, 12_000),
    }, server);

    private static FaultKind Kind(Random random)
    {
        var kinds = Enum.GetValues<FaultKind>();
        var kind = kinds[random.Next(kinds.Length)];
        // The disk that fails at will is a layer that only Linux has.
        return kind is FaultKind.DiskFails or FaultKind.DiskFull && !OperatingSystem.IsLinux() ? FaultKind.Cut : kind;
    }

    /// <summary>Some fault; often another one inside, at its edge or right behind it, and at times a third one.</summary>
    private List<Fault> Some(long at, Random random)
    {
        var faults = new List<Fault> { Fault(Kind(random), at, random.Next(Model.PlantTag.Servers), random) };
        // A clock that is set back repeats moments, of which no record can speak twice.
        while (faults.Count < 3 && random.Next(3) > 0 && faults[0].Kind is not FaultKind.GatewayClockSetBack)
        {
            var (first, kind) = (faults[0], Kind(random));
            if (kind is FaultKind.GatewayClockSetBack || faults.Exists(fault => fault.Kind == kind))
                continue;
            var length = Math.Max(1, first.End - at);
            var met = Fault(kind, random.Next(4) switch
            {
                0 => at + random.NextInt64(0, PublishingMs),
                1 => at + length + random.NextInt64(-PublishingMs, PublishingMs),
                2 => at + length + random.NextInt64(0, 4_000),
                _ => at + random.NextInt64(0, length),
            }, random.Next(4) > 0 ? first.Server : 1 - first.Server, random);
            faults.Add(met with { At = Math.Max(at, met.At), Cue = (Cue)random.Next(3) });
        }

        return faults;
    }
}
