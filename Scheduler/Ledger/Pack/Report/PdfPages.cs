using System.Globalization;
using System.Text;

namespace PatchEdge.Scheduler.Ledger.Pack.Report;

/// <summary>Pages of text and lines as a PDF 1.4 file (ISO 32000-1), uncompressed and without times or random numbers: the same pages have the same bytes.</summary>
internal sealed class PdfPages(string title)
{
    /// <summary>A4, in points.</summary>
    public const double Width = 595.28;
    public const double Height = 841.89;

    private readonly List<StringBuilder> pages = [];

    public int Count => pages.Count;

    public void Add() => pages.Add(new StringBuilder());

    /// <param name="text">Encodable in Helvetica; see <see cref="Helvetica.Encodable"/>.</param>
    /// <param name="x">From the left, in points.</param>
    /// <param name="y">Of the base line, from the top, in points.</param>
    /// <param name="size">In points.</param>
    /// <param name="bold">In bold type.</param>
    /// <param name="gray">0 is black, 1 white.</param>
    /// <param name="page">From 0; null for the last.</param>
    public void Text(string text, double x, double y, double size, bool bold = false, double gray = 0, int? page = null)
    {
        var target = pages[page ?? pages.Count - 1];
        target.Append(CultureInfo.InvariantCulture, $"BT {gray:0.##} g /{(bold ? "B" : "R")} {size:0.##} Tf {x:0.##} {Height - y:0.##} Td <");
        foreach (var character in text)
            target.Append(CultureInfo.InvariantCulture, $"{Helvetica.Code(character):X2}");
        target.Append("> Tj ET\n");
    }

    /// <summary>A horizontal line on the last page.</summary>
    public void Rule(double x, double y, double width, double thickness, double gray) =>
        pages[^1].Append(CultureInfo.InvariantCulture, $"{gray:0.##} G {thickness:0.##} w {x:0.##} {Height - y:0.##} m {x + width:0.##} {Height - y:0.##} l S\n");

    public byte[] Write()
    {
        const int FirstPage = 6;
        var objects = new List<string>
        {
            "<< /Type /Catalog /Pages 2 0 R /Lang (en) /ViewerPreferences << /DisplayDocTitle true >> >>",
            $"<< /Type /Pages /Count {pages.Count} /Kids [{string.Join(' ', Enumerable.Range(0, pages.Count).Select(i => $"{FirstPage + (2 * i)} 0 R"))}] >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
            $"<< /Title ({Literal(title)}) /Producer (PatchEdge) >>",
        };
        for (var i = 0; i < pages.Count; i++)
        {
            objects.Add(string.Create(CultureInfo.InvariantCulture,
                $"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {Width} {Height}] /Resources << /Font << /R 3 0 R /B 4 0 R >> >> /Contents {FirstPage + (2 * i) + 1} 0 R >>"));
            objects.Add($"<< /Length {pages[i].Length} >>\nstream\n{pages[i]}endstream");
        }

        var file = new StringBuilder("%PDF-1.4\n");
        var offsets = new List<int>();
        for (var i = 0; i < objects.Count; i++)
        {
            offsets.Add(file.Length);
            file.Append(CultureInfo.InvariantCulture, $"{i + 1} 0 obj\n{objects[i]}\nendobj\n");
        }

        var table = file.Length;
        file.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Count + 1}\n0000000000 65535 f \n");
        foreach (var offset in offsets)
            file.Append(CultureInfo.InvariantCulture, $"{offset:D10} 00000 n \n");
        file.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size {objects.Count + 1} /Root 1 0 R /Info 5 0 R >>\nstartxref\n{table}\n%%EOF\n");
        return Encoding.ASCII.GetBytes(file.ToString());
    }

    /// <summary>Printable ASCII alone; whatever else a name holds is in the pages.</summary>
    private static string Literal(string text) => string.Concat(text.Select(character => character is < ' ' or > '~' or '(' or ')' or '\\' ? '?' : character));
}
