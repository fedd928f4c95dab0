using System.Globalization;
using System.Text;

namespace PatchEdge.Agent.Execution;

/// <summary>Keeps the end of what a command prints, safe to show: control and formatting characters are left out, save line ends and tabs.</summary>
internal sealed class Output
{
    /// <summary>Longest text that travels in a progress message, in UTF-16 characters.</summary>
    public const int MaximumLength = 4096;

    private readonly Lock gate = new();
    private readonly StringBuilder kept = new();

    public void Append(ReadOnlySpan<char> text)
    {
        lock (gate)
        {
            foreach (var character in text)
                if (IsShown(character))
                    kept.Append(character);
            if (kept.Length > 2 * MaximumLength)
                kept.Remove(0, kept.Length - MaximumLength);
        }
    }

    public override string ToString()
    {
        lock (gate)
            return Tail(kept.ToString());
    }

    /// <summary>The last part of a text of ours or a command's, cleaned alike.</summary>
    public static string Bounded(string text) =>
        Tail(text.All(IsShown) ? text : string.Concat(text.Where(IsShown)));

    private static string Tail(string text)
    {
        if (text.Length > MaximumLength)
            text = text[^MaximumLength..];
        return text.Length > 0 && char.IsLowSurrogate(text[0]) ? text[1..] : text;
    }

    private static bool IsShown(char character) => character is '\n' or '\t' || char.GetUnicodeCategory(character) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
