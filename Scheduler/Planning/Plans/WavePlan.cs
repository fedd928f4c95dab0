using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning.Waves;

namespace PatchEdge.Scheduler.Planning.Plans;

/// <summary>When the waves of one campaign open, as far as slots were found for those before, if all goes well. Not thread-safe.</summary>
/// <param name="campaign">With what has succeeded already.</param>
/// <param name="verifyFor">Proof of health behind every slot.</param>
internal sealed class WavePlan(CampaignFacts campaign, TimeSpan verifyFor)
{
    private readonly List<DateTimeOffset>[] ends =
        [.. campaign.Waves.Select(wave => wave.Jobs.Where(job => job.State == RunState.Done).Select(job => job.Since - verifyFor).ToList())];

    public string? NameOf(int wave) => wave < campaign.Waves.Length ? campaign.Waves[wave].Name : null;

    /// <summary>A slot of the wave was found.</summary>
    public void Placed(int wave, DateTimeOffset end) => ends[wave].Add(end);

    /// <summary>Why the wave cannot begin at all; null when it can.</summary>
    public string? WhyClosed(int wave)
    {
        if (campaign.Halt is { } halt)
            return $"the campaign is {halt}: resume it first";
        for (var earlier = 0; earlier < wave; earlier++)
            if (ends[earlier].Count < campaign.Waves[earlier].Needed)
                return $"wave {campaign.Waves[earlier].Name} cannot pass: {ends[earlier].Count} of {campaign.Waves[earlier].Needed} hosts that must succeed have a slot";
        return null;
    }

    /// <summary>When the wave opens if every slot before it succeeds; null for the first.</summary>
    public DateTimeOffset? OpensAt(int wave)
    {
        DateTimeOffset? opens = null;
        for (var earlier = 0; earlier < wave; earlier++)
            if (campaign.Waves[earlier] is { Needed: > 0 } facts && ends[earlier].Order().ElementAt(facts.Needed - 1) + verifyFor + facts.Soak is var at && (opens is null || at > opens))
                opens = at;
        return opens;
    }

    public string WhyNotBefore(int wave, DateTimeOffset opens) =>
        $"wave {campaign.Waves[wave - 1].Name} must succeed and soak first, at the earliest until {Words.Time(opens)}";
}
