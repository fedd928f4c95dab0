using System.Globalization;
using System.Text;

namespace PatchEdge.Plant.Files.Text;

/// <summary>Makes text of unknown origin safe for one line of a terminal or log.</summary>
public static class Printable
{
    /// <summary>Control, formatting and unpaired surrogate characters become <c>\uXXXX</c>, so nothing can break the line or steer a terminal.</summary>
    public static string Line(string text)
    {
        if (!text.Any(IsUnsafe))
            return text;
        var line = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                line.Append(text[i]).Append(text[++i]);
            else if (IsUnsafe(text[i]))
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            else
                line.Append(text[i]);
        }

        return line.ToString();
    }

    /// <summary>The first characters of a value, quoted, for a message.</summary>
    internal static string Quote(string value) =>
        value.Length <= 80 ? $"'{value}'" : $"'{value[..80]}…'";

    /// <summary>A character that a name or a printed line cannot hold as it is.</summary>
    internal static bool IsUnsafe(char character) => char.GetUnicodeCategory(character) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
