using System.Text;

namespace PatchEdge.Scheduler.Ledger.Pack.Report;

/// <summary>Two of the fonts that every PDF reader brings along (ISO 32000-1 §9.6.2.2), with the widths of their characters.</summary>
internal static class Helvetica
{
    /// <summary>Widths of the characters from space to tilde, in thousandths of the size.</summary>
    private static readonly short[] Regular =
    [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
        1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
        333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ];

    private static readonly short[] Bold =
    [
        278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
        975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
        333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
    ];

    /// <summary>Characters of WinAnsiEncoding that are not those of Latin-1, with their codes (ISO 32000-1, Annex D).</summary>
    private static readonly Dictionary<char, byte> Special = new()
    {
        ['€'] = 0x80, ['‚'] = 0x82, ['„'] = 0x84, ['…'] = 0x85, ['‘'] = 0x91, ['’'] = 0x92, ['“'] = 0x93, ['”'] = 0x94, ['•'] = 0x95, ['–'] = 0x96, ['—'] = 0x97,
        ['™'] = 0x99, ['š'] = 0x9a, ['Š'] = 0x8a, ['ž'] = 0x9e, ['Ž'] = 0x8e, ['œ'] = 0x9c, ['Œ'] = 0x8c, ['Ÿ'] = 0x9f, ['ƒ'] = 0x83,
    };

    /// <summary>The text in WinAnsiEncoding; a character that it does not have is written by its number, so that nothing is lost or taken for another.</summary>
    public static string Encodable(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (rune.IsBmp && Code((char)rune.Value) != 0)
                result.Append((char)rune.Value);
            else
                result.Append(System.Globalization.CultureInfo.InvariantCulture, $"[U+{rune.Value:X4}]");
        return result.ToString();
    }

    /// <summary>Code of a character in WinAnsiEncoding; 0 when it has none.</summary>
    public static byte Code(char character) =>
        character is (>= ' ' and <= '~') or (>= '\u00a0' and <= '\u00ff') ? (byte)character : Special.GetValueOrDefault(character);

    /// <summary>Width of encodable text in points. Letters with accents are as wide as those without, near enough to break lines by.</summary>
    public static double Width(string text, double size, bool bold)
    {
        var widths = bold ? Bold : Regular;
        var sum = 0;
        foreach (var character in text)
            sum += character is >= ' ' and <= '~' ? widths[character - ' '] : character is '…' or '—' or '™' or 'œ' or 'Œ' ? 1000 : char.IsUpper(character) ? 722 : 556;
        return sum * size / 1000;
    }
}
