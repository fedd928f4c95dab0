namespace PatchEdge.Plant.Files.Text;

/// <summary>Finds the valid name that someone probably meant.</summary>
public static class Nearest
{
    private const int LongestListed = 12;

    /// <summary>The candidate with the smallest edit distance, ignoring case; null when none is near.</summary>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = Math.Max(2, Math.Min(word.Length, 64) / 3) + 1;
        foreach (var candidate in candidates)
        {
            var distance = Distance(word, candidate, bestDistance);
            if (distance < bestDistance && distance < Math.Max(word.Length, candidate.Length))
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>A clause for the end of a message: <c>did you mean 'x'?</c>, or the allowed names when none is near.</summary>
    public static string Hint(string word, IReadOnlyCollection<string> candidates)
    {
        if (To(word, candidates) is { } near)
            return $"did you mean '{near}'?";
        if (candidates.Count == 0)
            return "there are none to choose from";
        var listed = string.Join(", ", candidates.Take(LongestListed));
        return candidates.Count > LongestListed ? $"allowed: {listed}, …" : $"allowed: {listed}";
    }

    /// <summary>Edits (insert, delete, replace, swap neighbours) from one to the other, case ignored; gives up at <paramref name="limit"/>.</summary>
    private static int Distance(string from, string to, int limit)
    {
        if (Math.Abs(from.Length - to.Length) >= limit || from.Length > 256 || to.Length > 256)
            return limit;
        Span<int> beforeLast = stackalloc int[to.Length + 1];
        Span<int> last = stackalloc int[to.Length + 1];
        Span<int> row = stackalloc int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
            last[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replace = last[j - 1] + (Same(from[i - 1], to[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replace, Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(from[i - 1], to[j - 2]) && Same(from[i - 2], to[j - 1]))
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            last.CopyTo(beforeLast);
            row.CopyTo(last);
        }

        return last[to.Length];
    }

    private static bool Same(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
