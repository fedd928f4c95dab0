using System.Text;

namespace PatchEdge.Scheduler.Configuration.Tables;

/// <param name="Line">Line of the file on which it begins, from 1.</param>
/// <param name="Fields">Its cells, trimmed unless they were quoted.</param>
internal sealed record CsvRow(int Line, List<string> Fields);

/// <summary>Splits a table into rows and fields (RFC 4180). The separator is whichever of comma, semicolon and tab the first line has most of.</summary>
internal static class CsvRows
{
    private static readonly char[] Separators = [',', ';', '\t'];

    /// <summary>Rows that are not empty.</summary>
    /// <exception cref="FormatException">A quote is not closed, or stands where none may.</exception>
    public static IEnumerable<CsvRow> Of(string text)
    {
        text = text.TrimStart('\uFEFF');
        var first = text.AsSpan(0, text.IndexOf('\n') is var end and >= 0 ? end : text.Length).ToString();
        var separator = Separators.MaxBy(candidate => first.Count(character => character == candidate));
        var (fields, field, line, begins, quoted) = (new List<string>(), new StringBuilder(), 1, 1, false);
        for (var place = 0; place <= text.Length; place++)
        {
            var character = place < text.Length ? text[place] : '\n';
            if (character == '"' && field.ToString().Trim().Length == 0 && !quoted)
            {
                place = Quoted(text, place + 1, field.Clear(), ref line);
                quoted = true;
            }
            else if (character == separator || character == '\n')
            {
                fields.Add(quoted ? field.ToString() : field.ToString().Trim());
                (_, quoted) = (field.Clear(), false);
                if (character == separator)
                    continue;
                if (fields.Count > 1 || fields[0].Length > 0)
                    yield return new CsvRow(begins, fields);
                (fields, begins) = ([], ++line);
            }
            else if (!quoted)
                field.Append(character);
            else if (!char.IsWhiteSpace(character))
                throw new FormatException($"line {line} has text behind a closing quote");
        }
    }

    /// <returns>Place of the closing quote.</returns>
    private static int Quoted(string text, int place, StringBuilder field, ref int line)
    {
        var opened = line;
        for (; place < text.Length; place++)
        {
            if (text[place] == '\n')
                line++;
            if (text[place] != '"')
                field.Append(text[place]);
            else if (place + 1 < text.Length && text[place + 1] == '"')
                field.Append(text[place++]);
            else
                return place;
        }

        throw new FormatException($"the quote on line {opened} is not closed");
    }
}
