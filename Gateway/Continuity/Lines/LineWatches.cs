using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Continuity.Stage;
using PatchEdge.Gateway.Delivery;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Repair;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Continuity.Lines;

/// <summary>All lines of this gateway: which reading concerns which, and what there is to report.</summary>
internal sealed class LineWatches
{
    private StageInput input;
    private readonly ILiveReports live;
    private readonly ILogger log;
    private LineWatch[] watches = [];
    private LineWatch[]?[] concerned = [];
    private LatestValue?[] values = [];
    private readonly HashSet<LineWatch> touched = [];

    public LineWatches(StageInput input, ILiveReports live, ILogger log)
    {
        (this.input, this.live, this.log) = (input, live, log);
        Revise(input);
    }

    /// <summary>Takes another plant over; what is known of sources that stay is kept.</summary>
    public void Revise(StageInput next)
    {
        input = next;
        var before = watches.ToDictionary(watch => watch.Line.Name, StringComparer.Ordinal);
        watches = [.. input.Plant.Lines.Select(line => new LineWatch(line, input.Plant, input.Table, before.GetValueOrDefault(line.Name))).Where(watch => watch.IsWatched)];
        touched.Clear();
        Array.Resize(ref values, input.Table.Tags.Length);
        concerned = new LineWatch[]?[values.Length];
        foreach (var group in watches.SelectMany(watch => watch.Sources.Select(source => (source, watch))).GroupBy(pair => pair.source, pair => pair.watch))
            concerned[group.Key] = [.. group.Distinct()];
    }

    /// <summary>How soon a source's gaps are to be looked up.</summary>
    public RepairUrgency UrgencyOf(int source) =>
        concerned[source] is not null ? RepairUrgency.LineState : input.Table.Tags[source].Critical ? RepairUrgency.Critical : RepairUrgency.Usual;

    /// <summary>Keeps a reading that a line looks at, and evaluates at once: a value that stays for a moment only is a change, too.</summary>
    public void Take(int source, in DataValue value, ContinuityFold fold, ServerFacts[] servers)
    {
        if (concerned[source] is not { } lines)
            return;
        values[source] = LatestValue.Of(value);
        foreach (var line in lines)
        {
            line.Evaluate(fold, values, servers);
            touched.Add(line);
        }
    }

    /// <summary>Evaluates and reports the lines whose readings were taken since the last call, now that the message is whole.</summary>
    public void EvaluateTouched(ContinuityFold fold, ServerFacts[] servers, JournalBatch batch)
    {
        foreach (var line in touched)
            Evaluate(line, fold, servers, batch);
        touched.Clear();
    }

    public void EvaluateAll(ContinuityFold fold, ServerFacts[] servers, JournalBatch batch)
    {
        foreach (var line in watches)
            Evaluate(line, fold, servers, batch);
    }

    private void Evaluate(LineWatch line, ContinuityFold fold, ServerFacts[] servers, JournalBatch batch)
    {
        line.Evaluate(fold, values, servers);
        if (line.Report((input.Plant.Site, input.Options.Name, input.Boot), input.Options.ReportPace, input.Options.ReportValidity, out var record) is not { } report)
            return;
        live.Post(report);
        if (record && line.State != line.LoggedState)
            StageLog.LineChanged(log, report.Line, report.State, report.Reason);
        line.LoggedState = line.State;
        if (record)
            batch.Lines.Add(report);
    }
}
