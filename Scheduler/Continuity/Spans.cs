using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Continuity;

/// <summary>A set of instants as half-open spans of milliseconds since 1970 UTC: in order, apart from each other, none empty.</summary>
internal sealed class Spans
{
    private readonly ImmutableArray<(long Start, long End)> parts;

    private Spans(ImmutableArray<(long, long)> parts) => this.parts = parts;

    public static Spans None { get; } = new([]);

    public IReadOnlyList<(long Start, long End)> Parts => parts;

    public long Milliseconds => parts.Sum(part => part.End - part.Start);

    /// <summary>Whatever any of them covers; they may overlap and be empty.</summary>
    public static Spans Of(IEnumerable<(long Start, long End)> any)
    {
        var merged = ImmutableArray.CreateBuilder<(long Start, long End)>();
        foreach (var (start, end) in any.Where(part => part.Start < part.End).OrderBy(part => part.Start))
            if (merged.Count > 0 && start <= merged[^1].End)
                merged[^1] = (merged[^1].Start, Math.Max(merged[^1].End, end));
            else
                merged.Add((start, end));
        return new Spans(merged.ToImmutable());
    }

    public static Spans Of(long start, long end) => Of([(start, end)]);

    public Spans Union(Spans other) => Of(parts.Concat(other.parts));

    public Spans Without(Spans other)
    {
        var left = ImmutableArray.CreateBuilder<(long, long)>();
        var next = 0;
        foreach (var (start, end) in parts)
        {
            var from = start;
            while (next < other.parts.Length && other.parts[next].End <= from)
                next++;
            for (var i = next; i < other.parts.Length && other.parts[i].Start < end; i++)
            {
                if (other.parts[i].Start > from)
                    left.Add((from, other.parts[i].Start));
                from = Math.Max(from, other.parts[i].End);
            }

            if (from < end)
                left.Add((from, end));
        }

        return new Spans(left.ToImmutable());
    }

    public Spans Intersect(Spans other) => Without(Without(other));
}
