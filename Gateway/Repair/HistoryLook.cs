using System.Collections.Frozen;
using System.Collections.Immutable;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Repair;

/// <summary>Reads one server's history over a span and says what each gap of that span has become. Decides by <see cref="HistoryProof"/> alone.</summary>
internal sealed class HistoryLook
{
    private readonly FrozenDictionary<string, int> sources;
    private static readonly TimeSpan LongestLead = TimeSpan.FromSeconds(10);

    private readonly TimeSpan lateAfter;
    private readonly TimeSpan publishing;
    private readonly SourceTable table;
    private readonly UaClient client;
    private readonly RepairOptions options;

    public HistoryLook(int server, SourceTable table, UaClient client, RepairOptions options)
    {
        (this.table, this.client, this.options) = (table, client, options);
        sources = Enumerable.Range(0, table.Tags.Length).Where(source => table.ServerOf(source) == server && !table.Map.Sources[source].Retired).ToFrozenDictionary(source => table.Tags[source].Name);
        publishing = table.Servers[server].PublishingInterval;
        lateAfter = table.Servers[server].PublishingInterval * table.Servers[server].KeepAliveCount * ContinuityFold.LateAfterKeepAlives;
    }

    /// <param name="repairs">All of one span, one cause and one direction.</param>
    /// <param name="received">By gap and how long before its start: whether the value of a source time, in ticks, is known; null to look for nothing there.</param>
    /// <param name="now">For what is tried again.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="UaException">The server could not be asked: nothing is known.</exception>
    public async Task<IReadOnlyList<RepairOutcome>> AtAsync(PendingRepair[] repairs, Func<Gap, TimeSpan, Func<long, bool>?> received, Moment now, CancellationToken cancel)
    {
        var outcomes = new List<RepairOutcome>(repairs.Length);
        var asked = new List<(PendingRepair Repair, NodeId Node, DataValue Current)>();
        var (started, present) = await ReadPresentAsync(repairs, cancel).ConfigureAwait(false);
        for (var index = 0; index < repairs.Length; index++)
        {
            if (Objection(repairs[index], present[index]) is { } objection)
                outcomes.Add(Declare(repairs[index], objection) with { Unasked = true });
            else
                asked.Add((repairs[index], present[index].Node, present[index].Current));
        }

        if (asked.Count == 0)
            return outcomes;
        var gap = asked[0].Repair.Gap;
        var backwards = asked[0].Repair.Row.Urgency == RepairUrgency.LineState;
        var offset = client.Server.ClockOffset.Least;
        var (start, end) = ((gap.Start + offset).UtcDateTime, (gap.End!.Value + offset).UtcDateTime);
        var histories = await client.HistoryReadRawAsync(
            asked.ConvertAll(one => one.Node).ToArray(), backwards ? end : start, backwards ? start : end,
            new RawHistoryOptions { MaxValues = options.MostValues, PageSize = options.PageSize, ReturnBounds = true }, cancel).ConfigureAwait(false);
        var stored = Array.ConvertAll(histories, history => Raw(history, backwards));
        await AddBoundsAsync(asked, histories, stored, start, end, backwards, cancel).ConfigureAwait(false);
        var concluded = new RepairOutcome[asked.Count];
        for (var index = 0; index < asked.Count; index++)
            concluded[index] = Conclude(asked[index].Repair, histories[index], stored[index], asked[index].Current, started - offset, offset, backwards, now);
        await AddOvertakenAsync(asked, concluded, received, start, cancel).ConfigureAwait(false);
        outcomes.AddRange(concluded);
        return outcomes;
    }

    /// <summary>Adds the values from just before a repaired gap that the last message overtook: the gap swallowed them, though their times lie before it.</summary>
    private async Task AddOvertakenAsync(
        List<(PendingRepair Repair, NodeId Node, DataValue Current)> asked, RepairOutcome[] concluded, Func<Gap, TimeSpan, Func<long, bool>?> received, DateTime start, CancellationToken cancel)
    {
        var lead = LeadOf(asked.ConvertAll(one => one.Repair));
        var wanted = new List<(int Index, Func<long, bool> IsKnown)>();
        for (var index = 0; index < concluded.Length; index++)
            if (concluded[index].Parts is [{ Repair: GapRepair.Backfilled } first, ..] && first.Start == asked[index].Repair.Gap.Start && received(asked[index].Repair.Gap, lead) is { } isKnown)
                wanted.Add((index, isKnown));
        if (wanted.Count == 0)
            return;
        var histories = await client.HistoryReadRawAsync(
            wanted.ConvertAll(one => asked[one.Index].Node).ToArray(), start - lead, start, new RawHistoryOptions { MaxValues = options.MostValues, PageSize = options.PageSize }, cancel).ConfigureAwait(false);
        foreach (var ((index, isKnown), history) in wanted.Zip(histories))
        {
            var overtaken = Raw(history, backwards: false).FindAll(value => value.SourceTimestamp >= start - lead && value.SourceTimestamp < start && !isKnown(value.SourceTimestamp.Ticks));
            concluded[index] = concluded[index] with { Values = [.. overtaken, .. concluded[index].Values] };
        }
    }

    /// <summary>How long before a gap a value may bear its time and yet not have been sampled when the last message went: one sampling, and what a device, a publication and the way take.</summary>
    private TimeSpan LeadOf(List<PendingRepair> repairs)
    {
        var lead = TimeSpan.Zero;
        foreach (var repair in repairs)
            if (SourceOf(repair.Gap) is { } source && table.Tags[source].SamplingInterval is var sampling && sampling > lead)
                lead = sampling < LongestLead ? sampling : LongestLead;
        return lead + publishing;
    }

    /// <summary>
    /// Asks for the nearest value before the start and for the first one from the end on, where the answer had neither: servers exist that
    /// know history and not its bounds.
    /// </summary>
    private async Task AddBoundsAsync(
        List<(PendingRepair Repair, NodeId Node, DataValue Current)> asked, HistoryValues[] histories, List<DataValue>[] stored, DateTime start, DateTime end, bool backwards,
        CancellationToken cancel)
    {
        var one = new RawHistoryOptions { MaxValues = 1 };
        int[] open = [.. Enumerable.Range(0, asked.Count).Where(index => !histories[index].Status.IsBad)];
        // An answer that was cut off has its bound elsewhere: the rest is a repair of its own.
        int[] unbegun = [.. open.Where(index => !(histories[index].Truncated && backwards) && !Tells(histories[index], start) && (stored[index].Count == 0 || stored[index][0].SourceTimestamp > start))];
        int[] unended = [.. open.Where(index => !(histories[index].Truncated && !backwards) && !Tells(histories[index], end) && (stored[index].Count == 0 || stored[index][^1].SourceTimestamp < end))];
        if (unbegun.Length > 0)
        {
            var before = await client.HistoryReadRawAsync(Array.ConvertAll(unbegun, index => asked[index].Node), default, start, one, cancel).ConfigureAwait(false);
            for (var index = 0; index < unbegun.Length; index++)
                stored[unbegun[index]].InsertRange(0, Raw(before[index], backwards: true).Where(value => value.SourceTimestamp <= start));
        }

        if (unended.Length > 0)
        {
            var after = await client.HistoryReadRawAsync(Array.ConvertAll(unended, index => asked[index].Node), end, default, one, cancel).ConfigureAwait(false);
            for (var index = 0; index < unended.Length; index++)
                stored[unended[index]].AddRange(Raw(after[index], backwards: false).Where(value => value.SourceTimestamp >= end));
        }
    }

    /// <summary>The answer says itself that there is no bound.</summary>
    private static bool Tells(HistoryValues history, DateTime bound) =>
        history.Values.Any(value => value.Status.Code == StatusCodes.BadBoundNotFound && (value.SourceTimestamp == bound || value.ServerTimestamp == bound));

    /// <summary>Stored values by rising time; those of one time stay in the order in which they came about.</summary>
    private static List<DataValue> Raw(HistoryValues history, bool backwards) =>
        [.. (backwards ? history.Values.Reverse() : history.Values).Where(value => IsRaw(value)).OrderBy(value => value.SourceTimestamp)];

    /// <summary>The gap stays a gap, and its record says why.</summary>
    public RepairOutcome Declare(PendingRepair repair, string why) =>
        new() { Gap = repair.Gap.Id, Source = SourceOf(repair.Gap), Parts = [GapParts.Declare(repair.Gap, why)] };

    /// <summary>Tries again later, or declares the gap when that was the last attempt.</summary>
    public RepairOutcome Postpone(PendingRepair repair, Moment now, string why) => repair.Row.Attempts >= options.Delays.Length
        ? Declare(repair, $"the server's history could not be read in {repair.Row.Attempts + 1} attempts: {why}")
        : new RepairOutcome
        {
            Gap = repair.Gap.Id,
            Source = SourceOf(repair.Gap),
            Rest = [repair.Row with { Due = now + options.Delays[repair.Row.Attempts], Attempts = repair.Row.Attempts + 1 }],
        };

    private static string? Objection(PendingRepair repair, in Present present) =>
        present.Node.IsNull ? $"{repair.Gap.Tag} is not watched at {repair.Gap.Server} any more"
        : present.Access is not { } access ? "whether the server keeps history of it could not be read"
        : (access & AccessLevels.HistoryRead) == 0 ? "the server keeps no history of it"
        : null;

    private static bool IsRaw(in DataValue value) =>
        // Part 11 §6.4.3: of stored values only raw ones are what was measured; the others, and a bound that was not found, are made up.
        value.Status.Code is not (StatusCodes.BadBoundNotFound or StatusCodes.BadBoundNotSupported)
        && ((value.Status.Value & 0xC00) != 0x400 || (value.Status.Value & 0x3) == 0) && value.SourceTimestamp != DateTime.MinValue;

    private int? SourceOf(Gap gap) => sources.TryGetValue(gap.Tag, out var source) ? source : null;

    /// <summary>Since when the server runs, and for each repair its node, whether it has history, and its current value.</summary>
    private async Task<(Moment? Started, Present[] Nodes)> ReadPresentAsync(PendingRepair[] repairs, CancellationToken cancel)
    {
        var nodes = new NodeId[repairs.Length];
        var reads = new List<ReadValueId>((2 * repairs.Length) + 1) { new() { NodeId = VariableIds.Server_ServerStatus_StartTime } };
        for (var index = 0; index < repairs.Length; index++)
        {
            nodes[index] = SourceOf(repairs[index].Gap) is { } source ? await client.ResolveAsync(table.Tags[source].Node, cancel).ConfigureAwait(false) : default;
            reads.Add(new ReadValueId { NodeId = nodes[index], AttributeId = AttributeIds.UserAccessLevel });
            reads.Add(new ReadValueId { NodeId = nodes[index] });
        }

        var answers = await client.ReadAsync(reads.ToArray(), TimestampsToReturn.Both, TimeSpan.Zero, cancel).ConfigureAwait(false);
        var present = new Present[repairs.Length];
        for (var index = 0; index < present.Length; index++)
        {
            var (access, current) = (answers[1 + (2 * index)], answers[2 + (2 * index)]);
            present[index] = new Present(nodes[index], access.Status.IsGood && access.Value.TryGetInteger(out var bits) ? (AccessLevels)unchecked((byte)bits) : null, current);
        }

        return (answers[0].Status.IsGood && answers[0].Value.TryGet(out DateTime since) ? Moment.Of(since) : null, present);
    }

    private RepairOutcome Conclude(PendingRepair repair, HistoryValues history, List<DataValue> values, in DataValue current, Moment? started, TimeSpan offset, bool backwards, Moment now)
    {
        switch (history.Status.Code)
        {
            case StatusCodes.BadHistoryOperationUnsupported or StatusCodes.BadHistoryOperationInvalid or StatusCodes.BadUserAccessDenied
                or StatusCodes.BadNodeIdUnknown or StatusCodes.BadNotReadable or StatusCodes.BadBoundNotSupported:
                return Declare(repair, $"the server gives no history of it: {history.Status.SymbolicName}");
            case var code when new StatusCode(code).IsBad && code is not (StatusCodes.BadNoData or StatusCodes.BadBoundNotFound):
                return Postpone(repair, now, history.Status.SymbolicName);
        }

        Moment At(in DataValue value) => Moment.OfClock(value.SourceTimestamp, offset);
        var (start, end) = (Moment.Of(repair.Gap.Start), Moment.Of(repair.Gap.End!.Value));
        var cut = history.Truncated && values.Count > 0;
        var verdict = HistoryProof.Judge(start, end, new HistoryAnswer
        {
            Points = values.ConvertAll(value => new StoredPoint(At(value), value.Status.IsGood)),
            // Values of the very millisecond at which the answer was cut off are left to the next one, which has all of them.
            CompleteFrom = cut && backwards ? At(values[0]) + TimeSpan.FromMilliseconds(1) : null,
            CompleteUntil = cut && !backwards ? At(values[^1]) : null,
            // What was cut off before its newest value cannot show the present.
            ReachesPresent = values.Count > 0 && !(cut && !backwards) && current.Status.IsGood && current.SourceTimestamp == values[^1].SourceTimestamp,
            ServerStarted = started,
        }, repair.Gap.Cause == GapCause.KeepAliveLate ? lateAfter : null);
        if (!verdict.IsWhole && verdict.MayHeal && !cut && repair.Row.Attempts < options.Delays.Length)
            return Postpone(repair, now, verdict.Why);
        var parts = GapParts.Divide(repair.Gap, verdict);
        return new RepairOutcome
        {
            Gap = repair.Gap.Id,
            Source = SourceOf(repair.Gap),
            Parts = parts,
            Values = Missed(values, verdict, repair.Row, start, offset),
            Rest = cut && !verdict.Proven.IsEmpty && (backwards ? parts[0] : parts[^1]) is { Repair: GapRepair.None } rest ? [repair.Row with { Gap = rest.Id, Due = now, Attempts = 0 }] : [],
        };
    }

    /// <summary>Values that lie in a proven part and did not come through the subscription when the gap ended.</summary>
    private static List<DataValue> Missed(List<DataValue> values, HistoryVerdict verdict, RepairRow row, Moment start, TimeSpan offset)
    {
        // A value from before the gap ended it by saying that nothing had changed: it is no seam.
        var seam = row.Seam > 0 && Moment.OfClock(new DateTime(row.Seam, DateTimeKind.Utc), offset) >= start ? row.Seam : long.MaxValue;
        return values.FindAll(value => value.SourceTimestamp.Ticks < seam && Moment.OfClock(value.SourceTimestamp, offset) is var moment
            && verdict.Proven.Any(part => moment >= part.Start && moment < part.End));
    }

    private readonly record struct Present(NodeId Node, AccessLevels? Access, DataValue Current);
}
