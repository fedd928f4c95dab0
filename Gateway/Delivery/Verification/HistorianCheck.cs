using System.Text;
using System.Text.Json;
using PatchEdge.Gateway.Delivery.Influx;

namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>
/// Reads back what was delivered, window by window, and compares it with the journal point by point; what is missing or altered can be sent again.
/// Its memory is bounded by the points of one window, which is divided where it holds too many.
/// </summary>
/// <param name="walk">The journal.</param>
/// <param name="spans">Which part of it tells of which time.</param>
/// <param name="delivered">First entry that is not delivered.</param>
/// <param name="query">The historian.</param>
/// <param name="scope">What of it is ours.</param>
internal sealed class HistorianCheck(EntryWalk walk, JournalSpans spans, long delivered, InfluxQuery query, HistorianScope scope)
{
    private const int MostPoints = 300_000;
    private const long ShortestWindow = 1_000_000_000;

    private readonly SeriesTable table = new();
    private readonly List<(int Field, ulong Value)> fields = [];
    private byte[] text = new byte[1024];

    /// <summary>Points that were compared.</summary>
    public long Points { get; private set; }

    public long Windows { get; private set; }

    /// <summary>Compares one window.</summary>
    /// <param name="start">Nanoseconds since 1970.</param>
    /// <param name="end">Exclusive.</param>
    /// <param name="judgeUnknown">The journal knows all that was delivered for this window: points that it does not know are reported.</param>
    /// <param name="repair">Sends a line again; null only reports.</param>
    /// <param name="report">Hears of each series of the window.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="HistorianException">The historian cannot be read back.</exception>
    public async Task CompareAsync(long start, long end, bool judgeUnknown, Func<LineBuffer, CancellationToken, Task>? repair, Action<CheckedWindow> report, CancellationToken cancel)
    {
        var expected = new ExpectedPoints(table);
        if (!Expect(expected, start, end))
        {
            var middle = start + ((end - start) / 2);
            await CompareAsync(start, middle, judgeUnknown, repair, report, cancel).ConfigureAwait(false);
            await CompareAsync(middle, end, judgeUnknown, repair, report, cancel).ConfigureAwait(false);
            return;
        }

        var differing = new HashSet<PointKey>();
        var rows = await JudgeAsync(expected, start, end, judgeUnknown, differing, cancel).ConfigureAwait(false);
        Windows++;
        Points += expected.Count;
        if (repair is not null && differing.Count > 0)
        {
            await SendAgainAsync(differing, start, end, repair, cancel).ConfigureAwait(false);
            var still = new HashSet<PointKey>();
            expected.Clear();
            Expect(expected, start, end);
            await JudgeAsync(expected, start, end, false, still, cancel).ConfigureAwait(false);
            foreach (var mended in differing.Where(key => !still.Contains(key)))
                rows[mended.Series].Repaired++;
        }

        foreach (var row in rows.Values)
            report(row);
    }

    /// <summary>False when there are more points than may be held.</summary>
    private bool Expect(ExpectedPoints expected, long start, long end)
    {
        var divisible = end - start >= 2 * ShortestWindow;
        foreach (var (from, until) in spans.Touching(start, end))
        {
            walk.Lines(from, until, start, end, (entry, line) =>
            {
                if (!divisible || expected.Count <= MostPoints)
                    expected.Add(new PointLine(line.Span[..^1]), entry < delivered);
            });
            if (divisible && expected.Count > MostPoints)
                return false;
        }

        return true;
    }

    private async Task<Dictionary<int, CheckedWindow>> JudgeAsync(ExpectedPoints expected, long start, long end, bool judgeUnknown, HashSet<PointKey> differing, CancellationToken cancel)
    {
        var rows = new Dictionary<int, CheckedWindow>();
        CheckedWindow RowOf(int series)
        {
            if (!rows.TryGetValue(series, out var row))
                rows[series] = row = new CheckedWindow(table[series], TimeOf(start), TimeOf(end));
            return row;
        }

        foreach (var (key, sum) in expected.Settled())
        {
            var row = RowOf(key.Series);
            row.Expected++;
            row.ExpectedSum = unchecked(row.ExpectedSum + sum);
        }

        foreach (var measurement in PointWriter.Measurements)
        {
            await query.RunAsync(scope.Query(measurement, start, end), series =>
            {
                var identity = IdentityOf(series);
                if (judgeUnknown && !scope.Covers(identity))
                    return;
                var number = table.Series(identity);
                var columns = series.GetProperty("columns").EnumerateArray().Select(column => table.Field(Encoding.UTF8.GetBytes(column.GetString() ?? ""))).ToArray();
                foreach (var values in series.GetProperty("values").EnumerateArray())
                {
                    var key = new PointKey(number, Read(values, columns));
                    var verdict = expected.Judge(key, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fields));
                    if (verdict == Verdict.Unknown && !(judgeUnknown && scope.KnowsAllOf(identity)))
                        continue;
                    var row = RowOf(number);
                    row.Found++;
                    row.FoundSum = unchecked(row.FoundSum + expected.SumOf(key, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(fields)));
                    if (verdict == Verdict.Unknown)
                        row.Unknown++;
                    else if (verdict == Verdict.Altered && differing.Add(key))
                        row.Altered++;
                }
            }, cancel).ConfigureAwait(false);
        }

        foreach (var key in expected.Missing())
            if (differing.Add(key))
                RowOf(key.Series).Missing++;
        return rows;
    }

    private async Task SendAgainAsync(HashSet<PointKey> differing, long start, long end, Func<LineBuffer, CancellationToken, Task> repair, CancellationToken cancel)
    {
        const int MostLines = 5000;
        foreach (var (from, until) in spans.Touching(start, end))
        {
            // Every line of a point that differs, in order: so it becomes what it was.
            var lines = new List<LineBuffer> { new() };
            walk.Lines(from, until, start, end, (_, line) =>
            {
                var point = new PointLine(line.Span[..^1]);
                if (!differing.Contains(new PointKey(table.Series(point.Series), point.Time)))
                    return;
                if (lines[^1].Lines >= MostLines)
                    lines.Add(new LineBuffer());
                lines[^1].Copy(line.Span);
            });
            foreach (var buffer in lines.Where(buffer => buffer.Lines > 0))
                await repair(buffer, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a row into <see cref="fields"/>.</summary>
    /// <returns>Its time.</returns>
    private long Read(JsonElement values, int[] columns)
    {
        fields.Clear();
        var time = 0L;
        var index = 0;
        foreach (var value in values.EnumerateArray())
        {
            if (index == 0)
                time = value.GetInt64();
            else if (value.ValueKind == JsonValueKind.Number)
                fields.Add((columns[index], FieldDigest.Of(value.GetDouble())));
            else if (value.ValueKind == JsonValueKind.String)
                fields.Add((columns[index], OfText(value.GetString()!)));
            index++;
        }

        return time;
    }

    private ulong OfText(string value)
    {
        if (text.Length < value.Length * 3)
            text = new byte[value.Length * 3];
        return FieldDigest.Of(text.AsSpan(0, Encoding.UTF8.GetBytes(value, text)));
    }

    private static string IdentityOf(JsonElement series) => SeriesTable.Identity(
        series.GetProperty("name").GetString() ?? "",
        series.TryGetProperty("tags", out var tags) ? tags.EnumerateObject().Select(tag => new KeyValuePair<string, string>(tag.Name, tag.Value.GetString() ?? "")) : []);

    private static DateTimeOffset TimeOf(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100);
}
