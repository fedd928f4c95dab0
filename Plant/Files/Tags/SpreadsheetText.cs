namespace PatchEdge.Plant.Files.Tags;

/// <summary>Keeps a spreadsheet from taking a text for a formula, and takes that back when reading.</summary>
/// <remarks>A text that would start a formula, behind any number of apostrophes, gets one apostrophe more; reading takes one away. So every text comes back as it was.</remarks>
internal static class SpreadsheetText
{
    private const string Starts = "=+-@\t\r";

    public static string Defuse(string text) => IsFormula(text, 0) ? "'" + text : text;

    public static string Restore(string text) => text.StartsWith('\'') && IsFormula(text, 1) ? text[1..] : text;

    private static bool IsFormula(string text, int from)
    {
        while (from < text.Length && text[from] == '\'')
            from++;
        return from < text.Length && Starts.Contains(text[from]);
    }
}
