using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Ledger.Pack.Report;

/// <summary>A report as its reader sees it, whatever it is drawn on.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Lead">The whole of it in one sentence.</param>
/// <param name="Facts">Names and values.</param>
/// <param name="Sections">In order.</param>
internal sealed record ReportDocument(string Title, string Lead, ImmutableArray<(string Name, string Value)> Facts, ImmutableArray<ReportSection> Sections);

/// <param name="Title">What it shows.</param>
/// <param name="Text">What to know before reading it; one paragraph each.</param>
/// <param name="Columns">Of the table; empty when there is none.</param>
/// <param name="Rows">Of the table; each as many cells as there are columns.</param>
/// <param name="Empty">What to say when there is no row.</param>
internal sealed record ReportSection(string Title, ImmutableArray<string> Text, ImmutableArray<ReportColumn> Columns, ImmutableArray<ImmutableArray<string>> Rows, string Empty = "");

/// <param name="Title">Head of the column.</param>
/// <param name="Width">Its share of the page's width.</param>
/// <param name="IsNumber">Set to the right.</param>
internal sealed record ReportColumn(string Title, double Width, bool IsNumber = false);
