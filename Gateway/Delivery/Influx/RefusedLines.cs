using System.Text.Json;
using System.Text.RegularExpressions;

namespace PatchEdge.Gateway.Delivery.Influx;

/// <summary>Reads from a refusal which lines it is about, where the database says so.</summary>
internal static partial class RefusedLines
{
    /// <summary>Version 1 counts what it dropped: as many as were sent means that none need be looked for.</summary>
    public static bool AreAll(string words, int sent) => Dropped().Match(words) is { Success: true } match && int.TryParse(match.Groups[1].ValueSpan, out var dropped) && dropped == sent;

    /// <summary>By index of the line, from 0: what version 3 says of it. Empty when the words name none, or not sensibly.</summary>
    /// <param name="words">The answer's body.</param>
    /// <param name="sent">How many lines it is about.</param>
    public static IReadOnlyDictionary<int, string> Named(string words, int sent)
    {
        var named = new Dictionary<int, string>();
        if (!words.StartsWith('{'))
            return named;
        try
        {
            using var body = JsonDocument.Parse(words);
            if (!body.RootElement.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
                return named;
            foreach (var item in data.EnumerateArray())
            {
                if (!item.TryGetProperty("line_number", out var number) || !number.TryGetInt32(out var line) || line < 1 || line > sent)
                    return new Dictionary<int, string>();
                named[line - 1] = item.TryGetProperty("error_message", out var message) ? message.ToString() : words;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new Dictionary<int, string>();
        }

        return named.Count < sent ? named : new Dictionary<int, string>();
    }

    [GeneratedRegex(@"\bdropped=(\d+)\b", RegexOptions.NonBacktracking)]
    private static partial Regex Dropped();
}
