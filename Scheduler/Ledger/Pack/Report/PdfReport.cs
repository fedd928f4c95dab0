using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Ledger.Pack.Report;

/// <summary>Lays a report out on pages.</summary>
internal sealed class PdfReport
{
    private const double Margin = 42;
    private const double Bottom = PdfPages.Height - 54;
    private const double Inner = PdfPages.Width - (2 * Margin);
    private const double BodySize = 9;
    private const double CellSize = 7.2;
    private const double CellGap = 6;
    private const double Muted = 0.4;

    private readonly PdfPages pages;
    private double y;

    private PdfReport(string title) => pages = new PdfPages(title);

    public static byte[] Draw(ReportDocument report)
    {
        var pdf = new PdfReport(report.Title);
        pdf.TurnPage();
        pdf.Paragraph(report.Title, 17, bold: true, after: 6);
        pdf.Paragraph(report.Lead, 10.5, after: 10);
        foreach (var (name, value) in report.Facts)
            pdf.Fact(name, value);
        foreach (var section in report.Sections)
            pdf.Draw(section);
        for (var page = 0; page < pdf.pages.Count; page++)
        {
            pdf.pages.Text(Helvetica.Encodable(report.Title), Margin, PdfPages.Height - 30, 7.5, gray: Muted, page: page);
            var number = $"Page {page + 1} of {pdf.pages.Count}";
            pdf.pages.Text(number, PdfPages.Width - Margin - Helvetica.Width(number, 7.5, false), PdfPages.Height - 30, 7.5, gray: Muted, page: page);
        }

        return pdf.pages.Write();
    }

    /// <summary>Breaks text into lines no wider than given, inside words only where a word alone is wider.</summary>
    internal static List<string> Break(string text, double width, double size, bool bold)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in Helvetica.Encodable(text).Split(' '))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (Helvetica.Width(longer, size, bold) <= width)
            {
                line = longer;
                continue;
            }

            if (line.Length > 0)
                lines.Add(line);
            line = word;
            while (Helvetica.Width(line, size, bold) > width && line.Length > 1)
            {
                var fits = 1;
                while (fits < line.Length && Helvetica.Width(line[..(fits + 1)], size, bold) <= width)
                    fits++;
                lines.Add(line[..fits]);
                line = line[fits..];
            }
        }

        lines.Add(line);
        return lines;
    }

    private void TurnPage()
    {
        pages.Add();
        y = 56;
    }

    /// <summary>Turns the page unless there is room.</summary>
    private bool Need(double height)
    {
        if (y + height <= Bottom)
            return false;
        TurnPage();
        return true;
    }

    private void Paragraph(string text, double size, bool bold = false, double gray = 0, double after = 4)
    {
        foreach (var line in Break(text, Inner, size, bold))
        {
            Need(size * 1.35);
            y += size * 1.35;
            pages.Text(line, Margin, y - (size * 0.35), size, bold, gray);
        }

        y += after;
    }

    private void Fact(string name, string value)
    {
        const double Names = 130;
        var lines = Break(value, Inner - Names, BodySize, false);
        Need(lines.Count * BodySize * 1.4);
        pages.Text(Helvetica.Encodable(name), Margin, y + BodySize, BodySize, gray: Muted);
        foreach (var line in lines)
        {
            pages.Text(line, Margin + Names, y + BodySize, BodySize);
            y += BodySize * 1.4;
        }
    }

    private void Draw(ReportSection section)
    {
        y += 14;
        Need(70);
        Paragraph(section.Title, 12.5, bold: true, after: 0);
        pages.Rule(Margin, y + 1, Inner, 1, 0);
        y += 6;
        foreach (var paragraph in section.Text)
            Paragraph(paragraph, BodySize);
        if (section.Rows.IsEmpty)
        {
            if (section.Empty.Length > 0)
                Paragraph(section.Empty, BodySize, gray: Muted);
            return;
        }

        Head(section);
        foreach (var row in section.Rows)
            Row(section, row);
    }

    private void Head(ReportSection section) => Cells(section, [.. section.Columns.Select(column => column.Title)], bold: true, gray: Muted);

    private void Row(ReportSection section, ImmutableArray<string> row)
    {
        if (Need(Height(section, row, false)))
            Head(section);
        Cells(section, row, bold: false, gray: 0);
    }

    private static double Height(ReportSection section, ImmutableArray<string> row, bool bold) =>
        (Enumerable.Range(0, row.Length).Max(i => Break(row[i], CellWidth(section, i), CellSize, bold).Count) * CellSize * 1.25) + 4;

    private static double CellWidth(ReportSection section, int column) => (section.Columns[column].Width * Inner / section.Columns.Sum(one => one.Width)) - CellGap;

    private void Cells(ReportSection section, ImmutableArray<string> row, bool bold, double gray)
    {
        var x = Margin;
        var top = y;
        for (var i = 0; i < row.Length; i++)
        {
            var width = CellWidth(section, i);
            var at = top + CellSize + 1;
            foreach (var line in Break(row[i], width, CellSize, bold))
            {
                // A cell that is longer than a page is cut: the record itself is beside the report.
                if (at > Bottom + CellSize)
                    break;
                pages.Text(line, section.Columns[i].IsNumber ? x + width - Helvetica.Width(line, CellSize, bold) : x, at, CellSize, bold, gray);
                at += CellSize * 1.25;
            }

            x += width + CellGap;
        }

        y = top + Height(section, row, bold);
        pages.Rule(Margin, Math.Min(y, Bottom + CellSize), Inner, 0.3, 0.8);
        y += 1.5;
    }
}
