namespace PatchEdge.Gateway.Tests.Truth;

/// <summary>What is done to the plant on purpose.</summary>
internal enum FaultKind
{
    /// <summary>The connection breaks; the server keeps session and subscription.</summary>
    Cut,

    /// <summary>The connection breaks, and the server gives the session up but not the subscription.</summary>
    SessionLost,

    /// <summary>The server ends without warning and starts with nothing.</summary>
    Crash,

    /// <summary>The server's process stands still: what its equipment does meanwhile nobody sees.</summary>
    Hang,

    /// <summary>Nothing gets through for a while, then everything, in order.</summary>
    Stall,

    /// <summary>One publish response is lost; the server still has it.</summary>
    ResponseLost,

    /// <summary>One publish response is lost, and the server has it no more.</summary>
    NotificationLost,

    /// <summary>A tag changes more often within one publishing interval than its queue has places.</summary>
    Burst,

    Bad,

    Uncertain,

    /// <summary>A sensor that stands still.</summary>
    Frozen,

    /// <summary>The server says that it is not running.</summary>
    NotRunning,

    ServerClockSet,

    GatewayClockSetForward,

    GatewayClockSetBack,

    /// <summary>The gateway is killed, and started again.</summary>
    Killed,

    /// <summary>The journal's disk takes no writes.</summary>
    DiskFails,

    /// <summary>The journal's disk is full.</summary>
    DiskFull,

    /// <summary>The gateway ends, and starts again with a plant file by which it samples one tag of each server otherwise.</summary>
    Reconfigured,

    BrokerAway,

    DatabaseAway,
}

/// <param name="Kind">What is done.</param>
/// <param name="At">When, in milliseconds of true time.</param>
/// <param name="Length">For how long, in milliseconds; by how much for clocks.</param>
/// <param name="Server">At which server; without meaning for the gateway's own.</param>
internal sealed record Fault(FaultKind Kind, long At, long Length, int Server)
{
    public long End => Kind is FaultKind.ServerClockSet or FaultKind.GatewayClockSetForward ? At : At + Length;
}

/// <summary>One story of the plant, drawn from a seed: equal seeds tell equal stories.</summary>
internal sealed record ScenarioPlan
{
    private const long FirstFault = 12_000;

    public required int Seed { get; init; }

    public required int PublishingMs { get; init; }

    public required int KeepAliveCount { get; init; }

    public required int QueueSize { get; init; }

    public required IReadOnlyList<Fault> Faults { get; init; }

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
            Faults = [],
            Length = 0,
        };
        var faults = new List<Fault>();
        var at = FirstFault;
        for (var count = random.Next(3, 6); count > 0; count--)
        {
            var first = plan.Fault(Kind(random), at, random);
            faults.Add(first);
            // A third of them meets another one; a clock that is set back repeats moments, of which no record can speak twice.
            if (random.Next(3) == 0 && first.Kind is not FaultKind.GatewayClockSetBack && Kind(random) is var kind and not FaultKind.GatewayClockSetBack && kind != first.Kind)
                faults.Add(plan.Fault(kind, at + random.NextInt64(0, Math.Max(1, first.End - at)), random) with { Server = random.Next(2) == 0 ? first.Server : 1 - first.Server });
            at = faults.Max(fault => fault.End) + 15_000 + random.Next(5_000);
        }

        return plan with { Faults = faults, Length = at + 10_000 };
    }

    public override string ToString() =>
        $"seed {Seed}: publishing {PublishingMs} ms, keep-alive {KeepAliveMs} ms, {Length / 1000} s; " + string.Join(", ", Faults.Select(fault => $"{fault.Kind} of server{fault.Server} at {fault.At} for {fault.Length}"));

    private static FaultKind Kind(Random random)
    {
        var kinds = Enum.GetValues<FaultKind>();
        var kind = kinds[random.Next(kinds.Length)];
        // The disk that fails at will is a layer that only Linux has.
        return kind is FaultKind.DiskFails or FaultKind.DiskFull && !OperatingSystem.IsLinux() ? FaultKind.Cut : kind;
    }

    private Fault Fault(FaultKind kind, long at, Random random) => new(kind, at, kind switch
    {
        FaultKind.Hang => random.NextInt64(LateMs + (2 * PublishingMs), 6 * KeepAliveMs),
        FaultKind.Stall => random.NextInt64(PublishingMs, (LateMs * 3) - PublishingMs),
        FaultKind.ResponseLost or FaultKind.NotificationLost or FaultKind.Burst => 0,
        FaultKind.Frozen => random.NextInt64(11_000, 20_000),
        FaultKind.ServerClockSet => random.NextInt64(-60_000, 60_000),
        FaultKind.GatewayClockSetForward => random.NextInt64(3_000, 90_000),
        FaultKind.GatewayClockSetBack => random.NextInt64(3_000, 30_000),
        FaultKind.NotRunning => random.NextInt64(3_000, 10_000),
        FaultKind.DiskFails or FaultKind.DiskFull => random.NextInt64(4_000, 15_000),
        _ => random.NextInt64(300, 12_000),
    }, random.Next(Model.PlantTag.Servers));
}
