using PatchEdge.Plant.Continuity;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Tests.RealProcesses.Judging;

/// <summary>
/// Draws from the simulator's record which spans of a tag were without evidence. Where evidence ended and began again is told by the messages
/// that brought values, whose contents the record knows; a pulse in each publishing interval makes sure that there are some.
/// </summary>
internal sealed class TrueSpans(PlantRecord record, ILookup<string, JournaledValue> journal, string server, string tag, DateTime end)
{
    private static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(1_500);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(3);

    private readonly List<ProducedValue> produced = [.. record.Values.Where(value => value.Server == server && value.Tag == tag).OrderBy(value => value.Time)];
    private readonly List<JournaledValue> received = [.. journal[tag].Where(value => !value.Backfilled).OrderBy(value => value.Received)];
    private readonly DateTime[] messages = [.. journal.SelectMany(values => values).Where(value => !value.Backfilled && LineOf(value.Tag) == LineOf(tag)).Select(value => value.Received).Distinct().Order()];

    public List<TrueSpan> Find()
    {
        var spans = new List<TrueSpan>();
        // Before the gateway's first value nobody watched.
        spans.Add(new TrueSpan("start", DateTime.MinValue, FirstOfTag(DateTime.MinValue), DateTime.MinValue, FirstOfTag(DateTime.MinValue), GapCause.GatewayDown, GapCause.ConfiguredNotMonitored, GapCause.ConnectionLost) { IsStart = true });
        foreach (var fault in record.Faults)
            AddFault(fault, spans);
        AddQualities(spans);
        AddSilences(spans);
        AddDropped(spans);
        AddAccidents(spans);
        return spans;
    }

    private static string LineOf(string tag) => tag[..tag.IndexOf('/', StringComparison.Ordinal)];

    private void AddFault(InjectedFault fault, List<TrueSpan> spans)
    {
        var (from, to) = (fault.From.UtcDateTime, fault.To?.UtcDateTime ?? end);
        var what = $"{fault.Kind} {fault.Target}";
        if (fault.Kind == FaultKind.GatewayKilled)
        {
            // What was put down in its last moments may not have been durable.
            spans.Add(new TrueSpan(what, from, FirstOfTag(to), from - GatewayAccount.EvidencePace, FirstOfTag(to), GapCause.GatewayDown));
            return;
        }

        if (fault.Target != server)
            return;
        switch (fault.Kind)
        {
            case FaultKind.ServerKilled:
                var lives = record.Values.Where(value => value.Server == server && value.Life > from).Select(value => value.Life).ToList();
                var anew = lives.Count > 0 ? lives.Min() : end;
                // A gateway that starts meanwhile, or asks at the wrong moment, names the connection it does not get.
                spans.Add(new TrueSpan(what, from, FirstOfTag(anew), LastMessage(from), FirstOfTag(anew), GapCause.ConnectionLost));
                break;
            case FaultKind.NetworkCut:
                spans.Add(new TrueSpan(what, from, to, LastMessage(from), Recovered(to), GapCause.ConnectionLost));
                break;
            case FaultKind.NetworkSilent:
                var late = FirstMessage(to) - LastMessage(from) > LateAfter + Tick + Tick;
                // What was on its way catches up first.
                spans.Add(new TrueSpan(what, late ? from : null, late ? to : null, LastMessage(from), Recovered(to) + Tick, GapCause.KeepAliveLate, GapCause.ConnectionLost));
                break;
            case FaultKind.ResponseLost:
                spans.Add(new TrueSpan(what, null, null, LastMessage(from), FirstMessage(FirstMessage(from) + Tick) + Tick, GapCause.SequenceMissing));
                break;
        }
    }

    private void AddQualities(List<TrueSpan> spans)
    {
        for (var first = 0; first < produced.Count; first++)
        {
            if (produced[first].Status.IsGood)
                continue;
            var last = first;
            while (last + 1 < produced.Count && produced[last + 1].Status == produced[first].Status)
                last++;
            var (from, to) = (produced[first].Time, last + 1 < produced.Count ? produced[last + 1].Time : end);
            var came = received.Find(value => value.Time >= from && value.Time <= produced[last].Time);
            var next = received.Find(value => value.Time >= to);
            if (came is not null)
                spans.Add(new TrueSpan(
                    $"{produced[first].Status.SymbolicName}", came.Time == from ? Later(from, Framed(came)) : came.Received, to, from,
                    next is null ? end : next.Time == to && Framed(next) < to ? to : next.Received,
                    produced[first].Status.IsUncertain ? GapCause.UncertainQuality : GapCause.BadQuality));
            first = last;
        }
    }

    private void AddSilences(List<TrueSpan> spans)
    {
        if (!tag.EndsWith("Temperature", StringComparison.Ordinal))
            return;
        foreach (var (before, after) in received.Zip(received.Skip(1)))
        {
            var (from, to) = (before.Received + LongestSilence, after.Received);
            if (from >= to)
                continue;
            // Silence counts from when the gateway could hear again.
            var blind = record.Faults.Where(fault => (fault.Target == server || fault.Kind == FaultKind.GatewayKilled) && fault.Touches(before.Received, to)).ToList();
            var heard = blind.Count == 0 ? from : blind.Max(fault => Recovered(fault.To?.UtcDateTime ?? end)) + LongestSilence;
            spans.Add(new TrueSpan("silence", heard < to ? heard : null, heard < to ? to : null, from, to, GapCause.SourceFrozen));
        }
    }

    /// <summary>Values that did not come when they happened, between two messages that did.</summary>
    private void AddDropped(List<TrueSpan> spans)
    {
        var live = received.Select(value => value.Time).ToHashSet();
        for (var first = 0; first < produced.Count; first++)
        {
            if (live.Contains(produced[first].Time))
                continue;
            var last = first;
            while (last + 1 < produced.Count && !live.Contains(produced[last + 1].Time))
                last++;
            var (from, to) = (produced[first].Time, produced[last].Time);
            var marked = received.Find(value => value.Time > to && value.Status.HasOverflow);
            if (last + 1 < produced.Count && marked?.Time == produced[last + 1].Time)
                spans.Add(new TrueSpan("dropped values", from, to, LastMessage(from), marked.Received, GapCause.QueueOverflow)
                {
                    IsAccident = !record.Faults.Any(fault => fault.Kind == FaultKind.Burst && fault.Target == tag && fault.Touches(from.AddSeconds(-1), to.AddSeconds(1))),
                });
            first = last;
        }
    }

    /// <summary>A machine with too much to do can silence a server without anybody asking for it.</summary>
    private void AddAccidents(List<TrueSpan> spans)
    {
        foreach (var (before, after) in messages.Zip(messages.Skip(1)))
            if (after - before > LateAfter)
                spans.Add(new TrueSpan("no message", null, null, before, after + Tick, GapCause.KeepAliveLate) { IsAccident = true });
    }

    /// <summary>The message before the one that brought a value: one that is older was overtaken, and its own time says nothing.</summary>
    private DateTime Framed(JournaledValue value) => LastMessage(value.Received.AddTicks(-1));

    private static DateTime Later(DateTime a, DateTime b) => a > b ? a : b;

    private DateTime LastMessage(DateTime at)
    {
        var place = Array.BinarySearch(messages, at);
        place = place >= 0 ? place : ~place - 1;
        return place >= 0 ? messages[place] : DateTime.MinValue;
    }

    private DateTime FirstMessage(DateTime at)
    {
        var place = Array.BinarySearch(messages, at);
        place = place >= 0 ? place : ~place;
        return place < messages.Length ? messages[place] : end;
    }

    private DateTime FirstOfTag(DateTime at) => received.Find(value => value.Received >= at)?.Received ?? end;

    /// <summary>A subscription that was kept sees with its first message; one that was made anew, each tag with its first value.</summary>
    private DateTime Recovered(DateTime at)
    {
        var (first, own) = (FirstMessage(at), FirstOfTag(at));
        // Every tag has a first value in a new subscription, also the one that never changes.
        var still = journal[tag[..(tag.IndexOf('/', StringComparison.Ordinal) + 1)] + "DoorOpen"].Any(value => value.Received >= at && value.Received <= first.AddSeconds(1));
        return still && own > first ? own : first;
    }
}
