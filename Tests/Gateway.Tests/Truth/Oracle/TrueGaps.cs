using PatchEdge.Gateway.Tests.Truth.Model;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Truth.Oracle;

/// <summary>Draws from what really happened which spans of a tag are gaps. It looks back on the whole, knows every fault, and shares nothing with the fold.</summary>
internal sealed class TrueGaps(ScenarioPlan plan, TruthLog truth, IReadOnlySet<int>[] journaled)
{
    /// <summary>How long after the last commit evidence may be that is not durable yet: it is put down each second, at a tick.</summary>
    private const long EvidencePace = 1_200;

    /// <summary>The journal tries again each second; the stage looks at its next tick.</summary>
    private const long JournalPace = 1_200;

    private const long Tick = 200;

    public List<TrueGap> Of(int tag)
    {
        var gaps = new List<TrueGap>();
        var server = tag / PlantTag.Kinds.Length;
        AddBoots(tag, server, gaps);
        AddPlantFiles(tag, server, gaps);
        foreach (var (_, at) in truth.Refused.Where(refused => refused.Tag == tag))
            gaps.Add(new TrueGap(Layer.Item, GapCause.ConfiguredNotMonitored, at, Math.Min(FirstAfter(tag, at), truth.Boots.FirstOrDefault(boot => boot.Start > at)?.Start ?? long.MaxValue / 2)));
        foreach (var blind in truth.Blind.Where(blind => blind.Server == server))
        {
            // Whoever is taken out in a silence does not live to see it named.
            gaps.Add(new TrueGap(Layer.Subscription, blind.Cause, blind.From, blind.To, blind.Cause == GapCause.SequenceMissing ? blind.Sent : blind.From, blind.To)
            {
                IsOptional = blind.Cause == GapCause.KeepAliveLate && truth.Unconfigured.Exists(span => span.Tag == tag && span.From >= blind.From && span.From <= blind.To),
            });
            if (blind.IsAnew)
                gaps.Add(new TrueGap(Layer.Value, blind.Cause, blind.To, FirstAfter(tag, blind.To)));
        }

        foreach (var (_, from, to) in truth.NotRunning.Where(span => span.Server == server))
            AddNotRunning(server, from, to, gaps);
        foreach (var (from, to, isOnlyFull) in truth.DiskFailures)
            gaps.Add(new TrueGap(Layer.Journal, GapCause.JournalFull, from + JournalPace + plan.PublishingMs, to, from - JournalPace - plan.PublishingMs, to + JournalPace + Tick + plan.PublishingMs) { IsOptional = isOnlyFull });
        foreach (var (from, to) in truth.Skipped)
        {
            // Inside another gap it needs no name of its own. It may begin with the last message: nothing proves what came after, by that clock.
            gaps.Add(new TrueGap(Layer.Queue, GapCause.ClockStep, from, to));
            gaps.Add(new TrueGap(Layer.Clock, GapCause.ClockStep, from, to, from - plan.LateMs - Tick, to + Tick) { IsOptional = true });
        }

        foreach (var (from, to) in truth.Repeated)
            gaps.Add(new TrueGap(Layer.Clock, GapCause.ClockStep, to, to, from, to + Tick) { IsOptional = true });
        AddQualities(tag, gaps);
        AddSilences(tag, server, gaps);
        AddDropped(tag, gaps);
        return gaps;
    }

    private void AddBoots(int tag, int server, List<TrueGap> gaps)
    {
        // What no plant file had yet nobody missed.
        var added = truth.Unconfigured.FirstOrDefault(span => span.Tag == tag && span.From == truth.Boots[0].Start).To;
        for (var boot = 0; boot < truth.Boots.Count; boot++)
        {
            var (start, killed, durable, isReconfigured) = truth.Boots[boot];
            if (start < added)
                continue;
            var first = FirstAfter(tag, start);
            // From the first failed connection on it is the server that is missing, no longer this gateway.
            var own = truth.Unreachable.TryGetValue((boot + 1, server), out var unreachable) && unreachable < first ? unreachable : first;
            if (killed is { } dead)
            {
                var known = Proven(server, durable - EvidencePace - plan.PublishingMs);
                foreach (var (from, _) in truth.Skipped.Where(span => span.To > known && span.From < durable))
                    known = from - EvidencePace - plan.PublishingMs;
                // What was sampled otherwise before is not the same evidence, even had the gateway lived.
                var cause = isReconfigured && PlantTag.Of(tag).IsRetuned ? GapCause.ConfigurationChange : GapCause.GatewayDown;
                // While it was dead nobody saw any other trouble.
                gaps.Add(new TrueGap(Layer.Journal, cause, dead, start));
                gaps.Add(new TrueGap(Layer.Value, cause, dead, own, known, own));
                // What the next process does not know any more it cannot name otherwise.
                gaps.Add(new TrueGap(Layer.Journal, cause, dead, dead, known, dead) { IsOptional = true });
            }
            else
            {
                gaps.Add(new TrueGap(Layer.Value, GapCause.ConfiguredNotMonitored, start, own));
            }

            if (own < first)
                gaps.Add(new TrueGap(Layer.Subscription, GapCause.ConnectionLost, own, first));
        }
    }

    /// <summary>What a plant file has not nobody watches, from the last message before it came into force to the first value after it is back.</summary>
    private void AddPlantFiles(int tag, int server, List<TrueGap> gaps)
    {
        foreach (var (_, from, to) in truth.Unconfigured.Where(span => span.Tag == tag))
        {
            var first = FirstAfter(tag, to);
            gaps.Add(from == truth.Boots[0].Start ? new TrueGap(Layer.Journal, GapCause.ConfiguredNotMonitored, from, first) : new TrueGap(Layer.Journal, GapCause.ConfigurationChange, from, to, Proven(server, from), first));
            // One that was killed as it took the tag over was meant to watch it.
            foreach (var (boot, life) in truth.Boots.Index().Where(boot => from == truth.Boots[0].Start && boot.Item.Killed < first))
            {
                gaps.Add(new TrueGap(Layer.Journal, GapCause.GatewayDown, life.Killed!.Value, first) { IsOptional = true });
                // And the one after it may have found the server missing.
                if (truth.Unreachable.TryGetValue((boot + 1, server), out var unreachable) && unreachable < first)
                    gaps.Add(new TrueGap(Layer.Journal, GapCause.ConnectionLost, life.Start, first) { IsOptional = true });
            }

            gaps.Add(new TrueGap(Layer.Value, from == truth.Boots[0].Start ? GapCause.ConfiguredNotMonitored : GapCause.ConfigurationChange, to, first));
        }

        foreach (var (_, at) in truth.Retuned.Where(retuned => retuned.Tag == tag))
            gaps.Add(new TrueGap(Layer.Value, GapCause.ConfigurationChange, at, FirstAfter(tag, at), Proven(server, at), FirstAfter(tag, at)));
    }

    /// <summary>The last message in sequence before a moment; the moment itself when there is none.</summary>
    private long Proven(int server, long at) => truth.Evidence[server].LastOrDefault(message => message < at, at);

    /// <summary>It is known from the first answer that says so to the first that says otherwise, to each process anew; who cannot ask does not know.</summary>
    private void AddNotRunning(int server, long from, long to, List<TrueGap> gaps)
    {
        for (var boot = 0; boot < truth.Boots.Count; boot++)
        {
            var answers = truth.StateAnswers.Where(answer => answer.Server == server && answer.Boot == boot + 1).ToList();
            var told = answers.FirstOrDefault(answer => answer.At >= from && answer.At < to && !answer.IsRunning);
            if (told == default)
                continue;
            var over = answers.FirstOrDefault(answer => answer.At >= to && answer.IsRunning);
            var last = boot + 1 < truth.Boots.Count ? truth.Boots[boot + 1].Killed ?? truth.Boots[boot + 1].Start : long.MaxValue / 2;
            gaps.Add(new TrueGap(Layer.Server, GapCause.ServerNotRunning, told.At, Math.Min(to, last), from - plan.KeepAliveMs - Tick, over == default ? last : over.At + Tick));
        }
    }

    private void AddQualities(int tag, List<TrueGap> gaps)
    {
        var values = truth.Produced[tag];
        for (var number = 0; number < values.Count; number++)
        {
            var status = values[number].Status;
            if (status.IsGood)
                continue;
            var last = number;
            while (last + 1 < values.Count && values[last + 1].Status == status)
                last++;
            var arrivals = truth.Delivered[tag].Where(value => value.Number >= number && value.Number <= last).ToList();
            var after = truth.Delivered[tag].FirstOrDefault(value => value.Number > last);
            var (from, to) = (values[number].Wall, last + 1 < values.Count ? values[last + 1].Wall : long.MaxValue / 2);
            if (arrivals.Count > 0)
            {
                // A time that cannot be believed leaves the span between two messages; a value that got lost ends with the next one.
                var mayFrom = arrivals[0].TimeHolds ? from : Math.Min(from, arrivals[0].Framed);
                var mayTo = after is null ? long.MaxValue / 2 : after.TimeHolds && after.Number == last + 1 ? to : Math.Max(to, after.Wall);
                gaps.Add(new TrueGap(Layer.Value, status.IsUncertain ? GapCause.UncertainQuality : GapCause.BadQuality, Math.Max(from, arrivals[0].TimeHolds ? from : arrivals[0].Wall), to, mayFrom, mayTo));
            }

            number = last;
        }
    }

    private void AddSilences(int tag, int server, List<TrueGap> gaps)
    {
        if (PlantTag.Of(tag).LongestSilence is not { } longest)
            return;
        var arrivals = truth.Delivered[tag];
        for (var index = 0; index + 1 < arrivals.Count; index++)
        {
            var (from, to) = (arrivals[index].Wall, arrivals[index + 1].Wall);
            var heard = from;
            var mayFrom = from + longest;
            var ends = truth.Blind.Where(blind => blind.Server == server && blind.To > from && blind.From < to)
                .Select(blind => (At: blind.From, Skips: 0L, Until: blind.IsRepaired && !truth.Hung.Exists(hung => hung.Server == server && hung.From < blind.To && hung.To > blind.From) ? Math.Min(blind.To, blind.To + plan.LateMs - longest) : blind.To));
            var skips = truth.Skipped.Where(span => span.From >= from && span.To <= to).Select(span => (At: span.From, Skips: span.To - span.From, Until: 0L));
            foreach (var (at, skipped, until) in ends.Concat(skips).OrderBy(each => each.At))
            {
                // Nobody can tell silence from blindness: it counts anew from when values would have been seen again, unless it was told before.
                if (heard + longest > at)
                    heard = Math.Max(heard, until) + skipped;
                // Moments that were skipped were not silent.
                if (mayFrom > at)
                    mayFrom += skipped;
            }

            // Silence is what a message without the value proves; without one it may be ours.
            var told = Math.Max(heard + longest, mayFrom);
            if (truth.Evidence[server].FirstOrDefault(message => message > told && message < to) is > 0 and var proof)
                gaps.Add(new TrueGap(Layer.Silence, GapCause.SourceFrozen, told, to, mayFrom, to) { IsOptional = to - proof <= Tick });
        }
    }

    /// <summary>Values that a full queue dropped: they are missing before one that says so.</summary>
    private void AddDropped(int tag, List<TrueGap> gaps)
    {
        foreach (var marked in truth.Delivered[tag].Where(value => value.Overflow))
        {
            var first = marked.Number;
            while (first > 0 && !journaled[tag].Contains(first - 1))
                first--;
            var (from, to) = first < marked.Number ? (truth.Produced[tag][first].Wall, truth.Produced[tag][marked.Number - 1].Wall) : (marked.Wall, marked.Wall);
            gaps.Add(new TrueGap(Layer.Queue, GapCause.QueueOverflow, from, to, Math.Min(from, marked.Framed), marked.Wall));
        }
    }

    private long FirstAfter(int tag, long moment) => truth.Delivered[tag].FirstOrDefault(value => value.Wall >= moment)?.Wall ?? long.MaxValue / 2;
}
