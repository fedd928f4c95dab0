using System.Globalization;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Tests.RealProcesses.Judging;

/// <summary>What the record is worth, measured against what the simulator produced and what was done to it.</summary>
/// <param name="Due">Spans, of all critical tags, in which evidence was missing for certain.</param>
/// <param name="Found">Of these, those on record from one end to the other and under their cause.</param>
/// <param name="Reported">Parts on record that were not observed.</param>
/// <param name="Right">Of these, those with a reason.</param>
/// <param name="Accidents">Of these, those whose reason was the machine itself.</param>
/// <param name="Produced">Values.</param>
/// <param name="Lost">Of these, those in no journal; each in a gap that nothing repaired, or there is a defect.</param>
/// <param name="Backfilled">Values that came from history.</param>
/// <param name="WorstError">Longest stretch within the allowance in which record and truth disagree.</param>
/// <param name="Defects">Every disagreement beyond it.</param>
internal sealed record RealJudgement(int Due, int Found, int Reported, int Right, int Accidents, int Produced, int Lost, int Backfilled, TimeSpan WorstError, IReadOnlyList<string> Defects)
{
    /// <summary>One publishing interval, and what two clocks' readings, a rounding to milliseconds and a busy machine put between an act and its time.</summary>
    public static readonly TimeSpan Allowance = TimeSpan.FromMilliseconds(250 + 100);

    public static RealJudgement Of(PlantRecord record, GatewayAccount account, IReadOnlyCollection<string> servers, DateTime start, DateTime end)
    {
        var defects = new List<string>(record.Notes.Where(note => !note.Contains("no whole frame", StringComparison.Ordinal)));
        var total = new RealJudgement(0, 0, 0, 0, 0, 0, 0, 0, TimeSpan.Zero, defects);
        foreach (var server in servers)
            foreach (var tag in record.Values.Where(value => value.Server == server).Select(value => value.Tag).Distinct().ToList())
                total = total.Plus(new TagJudge(record, account, server, tag, start, end, defects).Judge());
        return total;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Produced} values produced, {Lost} lost in gaps, {Backfilled} from history; recall {Found}/{Due}, precision {Right}/{Reported} ({Accidents} by the machine's own doing), worst error {WorstError.TotalMilliseconds:0} ms");

    private RealJudgement Plus(RealJudgement other) => new(
        Due + other.Due, Found + other.Found, Reported + other.Reported, Right + other.Right, Accidents + other.Accidents,
        Produced + other.Produced, Lost + other.Lost, Backfilled + other.Backfilled, WorstError > other.WorstError ? WorstError : other.WorstError, Defects);
}
