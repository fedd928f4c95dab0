using PatchEdge.Gateway.Continuity;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Continuity;

/// <summary>A fold over two servers: the first with two subscriptions of two sources each, the second with one of one. Times are milliseconds after 2026-01-01.</summary>
internal sealed class FoldFixture
{
    public static readonly Moment Zero = Moment.Of(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public static readonly ContinuityMap Map = new(
        "gw",
        ["first", "second"],
        [new SubscriptionPlace(0, [0, 1]), new SubscriptionPlace(0, [2, 3]), new SubscriptionPlace(1, [4])],
        [new SourcePlace("a", "L", 0), new SourcePlace("b", "L", 0, TimeSpan.FromSeconds(10)), new SourcePlace("c", "L", 1), new SourcePlace("d", "L", 1), new SourcePlace("e", "M", 2)]);

    private readonly List<GapChange> changes = [];

    public FoldFixture(Func<int, Moment?>? covered = null, Func<int, bool>? changed = null)
    {
        Fold = new ContinuityFold(Map, Zero, covered ?? (_ => null), changed ?? (_ => false), changes);
        for (var index = 0; index < Map.Subscriptions.Length; index++)
            Fold.SetKeepAlive(index, TimeSpan.FromSeconds(2));
        Take();
    }

    public ContinuityFold Fold { get; }

    /// <summary>Every gap by its id, as it was told last.</summary>
    public Dictionary<string, GapChange> Gaps { get; } = [];

    public static Moment At(long milliseconds) => new(Zero.UnixMilliseconds + milliseconds);

    public void Apply(ContinuityEvent change, long at)
    {
        Fold.Apply(change, At(at), changes);
        Take();
    }

    public void Read(int source, long at, uint status = StatusCodes.Good, long? sourceTime = null) =>
        Apply(new ContinuityEvent(ContinuityEventKind.Reading) { Source = source, Status = status, SourceTime = sourceTime is { } time ? At(time) : null }, at);

    public void Tell(ContinuityEventKind kind, long at, int subscription = 0, int server = 0, int source = 0) =>
        Apply(new ContinuityEvent(kind) { Subscription = subscription, Server = server, Source = source }, at);

    /// <summary>First values of everything at a moment.</summary>
    public void StartAll(long at)
    {
        for (var source = 0; source < Map.Sources.Length; source++)
            Read(source, at);
        for (var subscription = 0; subscription < Map.Subscriptions.Length; subscription++)
            Tell(ContinuityEventKind.Evidence, at, subscription);
    }

    /// <summary>A source's gaps in order: cause, start, end and repair.</summary>
    public (GapCause Cause, long Start, long? End, GapRepair Repair)[] GapsOf(int source) =>
    [
        .. Gaps.Values.Where(change => change.Source == source).Select(change => change.Gap).OrderBy(gap => gap.Start).ThenBy(gap => gap.End ?? DateTimeOffset.MaxValue)
            .Select(gap => (gap.Cause, Milliseconds(gap.Start), gap.End is { } end ? Milliseconds(end) : (long?)null, gap.Repair)),
    ];

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() - Zero.UnixMilliseconds;

    private void Take()
    {
        foreach (var change in changes)
            Gaps[change.Gap.Id] = change;
        changes.Clear();
    }
}
