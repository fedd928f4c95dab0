using System.Globalization;

namespace PatchEdge.OpcUa.Types;

/// <summary>Text that a peer may have chosen, made harmless for logs and terminals: no escapes, no line ends, no change of direction.</summary>
internal static class Printable
{
    private const int Longest = 512;

    public static string Of(string text, int longest = Longest)
    {
        if (text.Length <= longest && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        var shown = text.Length <= longest ? text : text[..longest] + "…";
        return string.Create(shown.Length, shown, static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = IsHarmful(source[i]) ? '?' : source[i];
        });
    }

    private static bool IsHarmful(char character) =>
        char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
