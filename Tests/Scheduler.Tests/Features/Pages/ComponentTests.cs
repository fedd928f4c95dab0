using Bunit;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Features.Hosts;
using PatchEdge.Scheduler.Features.Jobs.Pages;
using PatchEdge.Scheduler.Features.Lines;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Shell;

namespace PatchEdge.Scheduler.Tests.Features.Pages;

public sealed class ComponentTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly BunitContext context = new();

    public void Dispose() => context.Dispose();

    [Fact]
    [Trait("Req", "hostile-74")]
    public void Line_shows_what_a_plant_wrote_as_text_and_its_evidence_when_opened()
    {
        var line = new LineView
        {
            Name = "Filling",
            Area = "Aseptic",
            AlwaysOn = false,
            State = LineState.Active,
            Reason = "<script>alert(1)</script>",
            Since = Now.AddMinutes(-2),
            Batch = "<img src=x onerror=alert(1)>",
            ReportAgeMs = 1_240,
            Gateway = "gw-1",
            Conditions = [new ConditionReport { Group = ConditionGroup.NoBatch, Text = "BatchId == ''", Tag = "BatchId", Outcome = ConditionOutcome.Fails, Reason = "a batch runs" }],
            Hosts = ["filling-hmi"],
        };

        var page = context.Render<LinesTable>(parameters => parameters.Add(table => table.Lines, [line]).AddCascadingValue("Now", Now));

        Assert.Empty(page.FindAll("script, img"));
        Assert.Contains("<img", page.Find(".batch").TextContent, StringComparison.Ordinal);
        Assert.Contains("1.2 s old", page.Markup, StringComparison.Ordinal);
        Assert.Equal("Active", page.Find(".chip.busy").TextContent);
        Assert.Equal("2026-11-02 09:58:00 UTC", page.Find("time").GetAttribute("title"));
        Assert.Empty(page.FindAll("table.inner"));
        page.Find("button").Click();
        Assert.Contains("a batch runs", page.Find("table.inner").TextContent, StringComparison.Ordinal);
        Assert.Equal("true", page.Find("button").GetAttribute("aria-expanded"));
    }

    [Fact]
    [Trait("Req", "hostile-74")]
    public void Gateway_that_refused_a_newer_plant_file_says_why_and_one_without_trouble_says_nothing()
    {
        var gateway = new GatewayView { Name = "gw-1", Online = true, Doubt = "", AgeMs = 900, JournalWritable = true, JournalBacklog = 0, SameConfiguration = false, ConfigurationTrouble = "plant.yaml:3: url: <b>missing</b>" };

        var page = context.Render<GatewaysTable>(parameters => parameters.Add(table => table.Gateways, [gateway, gateway with { Name = "gw-2", SameConfiguration = true, ConfigurationTrouble = null }]));

        var cells = page.FindAll("td[data-label='Plant file']");
        Assert.Equal(["Another", "Same"], cells.Select(cell => cell.QuerySelector(".chip")!.TextContent));
        Assert.EndsWith("plant.yaml:3: url: <b>missing</b>", cells[0].QuerySelector(".doubt-text")!.TextContent, StringComparison.Ordinal);
        Assert.Null(cells[1].QuerySelector(".doubt-text"));
    }

    [Fact]
    public void Line_without_evidence_is_unknown_and_says_that_nothing_is_known()
    {
        var line = new LineView { Name = "Filling", Area = "A", AlwaysOn = false, State = LineState.Unknown, Reason = "nothing was received", Conditions = [], Hosts = [] };

        var page = context.Render<LinesTable>(parameters => parameters.Add(table => table.Lines, [line]));

        Assert.Equal("Unknown", page.Find(".chip.doubt").TextContent);
        Assert.Contains("not known", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Gate_shows_all_that_a_verdict_says()
    {
        var verdict = new Verdict
        {
            Gate = "line-idle",
            Subject = "Filling",
            Outcome = GateOutcome.Block,
            Code = "line-active",
            Value = "Active, batch B-42",
            Reason = "the filler runs",
            Rule = "Every line is proven idle.",
            Owner = "production",
            Since = Now.AddHours(-1),
            ExpectedClearing = Now.AddMinutes(5),
        };

        var page = context.Render<GateTable>(parameters => parameters.Add(table => table.Job, "J1").Add(table => table.Verdicts, [verdict]).AddCascadingValue("Now", Now));

        var row = page.Find("tbody tr.blocks").TextContent;
        foreach (var part in new[] { "line idle", "Filling", "Blocks", "Active, batch B-42", "the filler runs", "Every line is proven idle.", "production", "1 h ago", "in 5 min 0 s" })
            Assert.Contains(part, row, StringComparison.Ordinal);
        Assert.Contains("J1", page.Find("caption").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, null, null, "Not heard")]
    [InlineData(true, "state is damaged", true, "Fault")]
    [InlineData(true, null, false, "Other key")]
    [InlineData(true, null, true, "Ready")]
    public void Host_says_first_what_is_wrong_with_it(bool online, string? fault, bool? pinned, string said)
    {
        var host = new HostView { Name = "hmi", Class = "hmi", Lines = ["Filling"], Online = online, Doubt = "silent", AgeMs = 10, Fault = fault, KeyPinned = pinned, Procedures = [] };

        var page = context.Render<HostsTable>(parameters => parameters.Add(table => table.Hosts, [host]));

        Assert.Equal(said, page.Find(".chip").TextContent);
    }

    [Fact]
    public void Reason_is_asked_for_before_anything_is_done()
    {
        var given = "";
        var page = context.Render<ReasonForm>(parameters => parameters
            .Add(form => form.Title, "Stop?").Add(form => form.Consequence, "All stops.").Add(form => form.Confirm, "Stop")
            .Add(form => form.OnConfirm, reason => given = reason).Add(form => form.OnCancel, () => { }));

        page.Find("form").Submit();
        Assert.Equal("", given);
        page.Find("textarea").Input("smoke");
        page.Find("form").Submit();

        Assert.Equal("smoke", given);
        Assert.NotNull(page.Find("textarea").GetAttribute("required"));
    }
}
