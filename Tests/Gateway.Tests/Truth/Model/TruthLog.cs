using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Truth.Model;

/// <summary>A value as it reached the gateway.</summary>
/// <param name="Number">Which one.</param>
/// <param name="Wall">When, by the gateway's clock.</param>
/// <param name="Framed">When the message before it was sent: it cannot have changed earlier.</param>
/// <param name="Overflow">The server says that others beside it were dropped.</param>
/// <param name="TimeHolds">The server's own time of it, as the gateway can correct it, is right.</param>
internal sealed record Delivered(int Number, long Wall, long Framed, bool Overflow, bool TimeHolds);

/// <summary>A subscription's evidence was missing.</summary>
/// <param name="Server">Whose.</param>
/// <param name="Cause">What began it.</param>
/// <param name="From">The last message in sequence before.</param>
/// <param name="To">Evidence again.</param>
/// <param name="IsAnew">Another subscription took its place: each tag is in doubt until its first value.</param>
/// <param name="IsRepaired">Everything that the server had was had in the end.</param>
internal sealed record Blindness(int Server, GapCause Cause, long From, long To, bool IsAnew, bool IsRepaired)
{
    /// <summary>When that last message was sent: what is missing may have happened from there on.</summary>
    public required long Sent { get; init; }
}

/// <summary>A start of the gateway.</summary>
/// <param name="Start">When it began.</param>
/// <param name="Killed">When the process before was killed; null for the first.</param>
/// <param name="Durable">Up to where the last evidence of that was surely durable.</param>
/// <param name="IsReconfigured">Some tags are sampled otherwise than before.</param>
internal sealed record BootOfGateway(long Start, long? Killed, long Durable, bool IsReconfigured);

/// <summary>Everything that really happened. Times are milliseconds since the scenario began, by the gateway's wall clock, because the record is.</summary>
internal sealed class TruthLog(DateTimeOffset zero, Func<long> wall)
{
    public DateTimeOffset Zero => zero;

    public long Wall => wall();

    /// <summary>By tag: every value ever produced, by number.</summary>
    public List<Produced>[] Produced { get; } = Lists<Produced>();

    /// <summary>By tag: every value that was handed to the gateway, in order of arrival.</summary>
    public List<Delivered>[] Delivered { get; } = Lists<Delivered>();

    public List<Blindness> Blind { get; } = [];

    /// <summary>Faults that came to be.</summary>
    public List<FaultKind> Injected { get; } = [];

    public List<BootOfGateway> Boots { get; } = [];

    /// <summary>By boot and server: first attempt to connect that failed before any message came.</summary>
    public Dictionary<(int Boot, int Server), long> Unreachable { get; } = [];

    public List<(int Server, long From, long To)> NotRunning { get; } = [];

    /// <summary>What servers answered when their state was asked for, by the process that asked.</summary>
    public List<(int Boot, int Server, long At, bool IsRunning)> StateAnswers { get; } = [];

    /// <summary>From the first write that was refused. A disk that is only full has some room left, or gets it when the journal lets go of something.</summary>
    public List<(long From, long To, bool IsOnlyFull)> DiskFailures { get; } = [];

    /// <summary>Spans in which a server's process stood still.</summary>
    public List<(int Server, long From, long To)> Hung { get; } = [];

    /// <summary>Moments that were skipped.</summary>
    public List<(long From, long To)> Skipped { get; } = [];

    /// <summary>Moments that the gateway's clock showed twice.</summary>
    public List<(long From, long To)> Repeated { get; } = [];

    /// <summary>By server: every message in sequence.</summary>
    public List<long>[] Evidence { get; } = [.. Enumerable.Range(0, PlantTag.Servers).Select(_ => new List<long>())];

    /// <summary>By server: the last message in sequence.</summary>
    public long LastEvidence(int server) => Evidence[server].Count > 0 ? Evidence[server][^1] : 0;

    /// <summary>A server refused to monitor a tag, whose node it did not have.</summary>
    public List<(int Tag, long At)> Refused { get; } = [];

    /// <summary>A plant file without a tag came into force, and one that has it again; the latter is far off while there was none.</summary>
    public List<(int Tag, long From, long To)> Unconfigured { get; } = [];

    /// <summary>A plant file by which a tag is sampled otherwise came into force while the gateway ran.</summary>
    public List<(int Tag, long At)> Retuned { get; } = [];

    public Produced Produce(int tag, DateTime clock, StatusCode status)
    {
        var value = new Produced(tag, Produced[tag].Count, Wall, clock, status);
        Produced[tag].Add(value);
        return value;
    }

    private static List<T>[] Lists<T>() => [.. Enumerable.Range(0, PlantTag.Count).Select(_ => new List<T>())];
}
