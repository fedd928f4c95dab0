using System.Text;
using System.Text.Json;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Continuity.Report;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Tests.Continuity.Report;

public sealed class BatchSpansTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 6, 0, 0, TimeSpan.Zero);

    private readonly BatchSpans spans = new("B-7");

    [Fact]
    public void Batch_lasts_until_another_or_none_is_proven_and_not_while_nobody_knows()
    {
        Take((1, "L", ""), (2, "L", "B-7"), (2, "M", "B-7"));
        Take((3, "L", null));
        Take((4, "M", "B-8"));
        Take((5, "L", "B-7"));
        Take((6, "L", ""));
        Take((7, "M", "B-7"));

        Assert.Equal([Span("L", 2, 6), Span("M", 2, 4), Span("M", 7, null)], spans.Spans.OrderBy(span => span.Line).ThenBy(span => span.Start.UnixMilliseconds));
    }

    [Fact]
    public void Batch_that_nobody_saw_has_no_span_and_the_latest_are_named()
    {
        Take([.. Enumerable.Range(1, 9).Select(number => (number, "L", (string?)$"B-7{number}"))]);

        Assert.Empty(spans.Spans);
        Assert.Equal(["B-79", "B-78", "B-77", "B-76", "B-75"], spans.LatestNamed);
    }

    [Fact]
    public void Entry_that_is_no_list_of_reports_is_told() =>
        Assert.Contains("entry 4", Assert.Throws<JournalException>(() => spans.Take(new JournalEntry(4, JournalKind.Lines, Moment.Of(Start), 1, Encoding.UTF8.GetBytes("{}")))).Message, StringComparison.Ordinal);

    private static LineSpan Span(string line, int from, int? until) => new(line, At(from), until is { } end ? At(end) : null);

    private static Moment At(int minute) => Moment.Of(Start.AddMinutes(minute));

    private void Take(params (int Minute, string Line, string? Batch)[] reports) => spans.Take(new JournalEntry(1, JournalKind.Lines, Moment.Of(Start), reports.Length, JsonSerializer.SerializeToUtf8Bytes(
        [.. reports.Select(report => new LineReport
        {
            Site = "S", Line = report.Line, Gateway = "gw", Boot = "b", Sequence = 1, At = Start.AddMinutes(report.Minute), ValidForMs = 1, State = LineState.Active,
            Since = Start, Batch = report.Batch, Reason = "", Conditions = [], ConfigurationHash = "",
        })], JournalJson.Default.LineReportArray)));
}
