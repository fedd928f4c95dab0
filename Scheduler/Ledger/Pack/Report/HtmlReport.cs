using System.Text;
using System.Text.Encodings.Web;

namespace PatchEdge.Scheduler.Ledger.Pack.Report;

/// <summary>Draws a report as one HTML file that needs nothing else and runs nothing.</summary>
internal static class HtmlReport
{
    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;color:#16202b;background:#fff;margin:2rem auto;max-width:70rem;padding:0 1.5rem}
        h1{font-size:1.7rem;margin:0 0 .3rem}h2{font-size:1.15rem;margin:2.2rem 0 .4rem;border-bottom:2px solid #16202b;padding-bottom:.2rem}
        p{max-width:52rem;margin:.4rem 0}.lead{font-size:1.1rem}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:1.2rem 0}dt{color:#53616f}dd{margin:0;overflow-wrap:anywhere}
        table{border-collapse:collapse;width:100%;table-layout:fixed;margin-top:.6rem;font-size:.86rem}
        th,td{text-align:left;vertical-align:top;padding:.3rem .5rem .3rem 0;border-bottom:1px solid #ccd4db;overflow-wrap:anywhere}
        th{color:#53616f;font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums}.none{color:#53616f}
        @media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}tr{break-inside:avoid}}
        """;

    public static byte[] Draw(ReportDocument report)
    {
        var text = new StringBuilder();
        text.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>")
            .Append(Safe(report.Title)).Append("</title>\n<style>\n").Append(Style.ReplaceLineEndings("\n")).Append("\n</style>\n</head>\n<body>\n<main>\n<h1>").Append(Safe(report.Title))
            .Append("</h1>\n<p class=\"lead\">").Append(Safe(report.Lead)).Append("</p>\n<dl>\n");
        foreach (var (name, value) in report.Facts)
            text.Append("<dt>").Append(Safe(name)).Append("</dt><dd>").Append(Safe(value)).Append("</dd>\n");
        text.Append("</dl>\n");
        foreach (var section in report.Sections)
            Draw(section, text);
        text.Append("</main>\n</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Draw(ReportSection section, StringBuilder text)
    {
        text.Append("<section>\n<h2>").Append(Safe(section.Title)).Append("</h2>\n");
        foreach (var paragraph in section.Text)
            text.Append("<p>").Append(Safe(paragraph)).Append("</p>\n");
        if (section.Rows.IsEmpty && section.Empty.Length > 0)
            text.Append("<p class=\"none\">").Append(Safe(section.Empty)).Append("</p>\n");
        if (!section.Rows.IsEmpty)
        {
            var whole = section.Columns.Sum(column => column.Width);
            text.Append("<table>\n<colgroup>");
            foreach (var column in section.Columns)
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"<col style=\"width:{column.Width * 100 / whole:0.##}%\">");
            text.Append("</colgroup>\n<thead><tr>");
            foreach (var column in section.Columns)
                text.Append(column.IsNumber ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">").Append(Safe(column.Title)).Append("</th>");
            text.Append("</tr></thead>\n<tbody>\n");
            foreach (var row in section.Rows)
            {
                text.Append("<tr>");
                for (var i = 0; i < row.Length; i++)
                    text.Append(section.Columns[i].IsNumber ? "<td class=\"n\">" : "<td>").Append(Safe(row[i])).Append("</td>");
                text.Append("</tr>\n");
            }

            text.Append("</tbody>\n</table>\n");
        }

        text.Append("</section>\n");
    }

    private static string Safe(string text) => HtmlEncoder.Default.Encode(text);
}
