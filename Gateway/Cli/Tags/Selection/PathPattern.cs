using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace PatchEdge.Gateway.Cli.Tags.Selection;

/// <summary>
/// A relative path as OPC 10000-4 Annex A.2 writes it, <c>/Objects/2:Line1.State</c>, from the root folder, with wildcards:
/// <c>*</c> stands for any part of one name, <c>**</c> for any number of steps. A name without namespace index is meant in any namespace.
/// </summary>
/// <param name="Text">As it was given.</param>
/// <param name="Steps">At least one.</param>
internal sealed record PathPattern(string Text, ImmutableArray<PathStep> Steps)
{
    private const string Reserved = "/.<>:#!&*";
    private const int MostSteps = 64;

    /// <exception cref="UsageException">Not such a path; says where and what would be right.</exception>
    public static PathPattern Parse(string text)
    {
        var steps = ImmutableArray.CreateBuilder<PathStep>();
        for (var at = 0; at < text.Length;)
        {
            var (kind, reference, subtypes) = (ReferenceKind.Hierarchical, "", true);
            switch (text[at])
            {
                case '/':
                    at++;
                    break;
                case '.':
                    kind = ReferenceKind.Aggregates;
                    at++;
                    break;
                case '<':
                    (kind, at) = (ReferenceKind.Named, at + 1);
                    if (at < text.Length && text[at] == '#')
                        (subtypes, at) = (false, at + 1);
                    if (at < text.Length && text[at] == '!')
                        throw Refused(text, at, "inverse references ('!') are not followed: write the path downwards");
                    (_, var parts, at) = ReadName(text, at);
                    if (at >= text.Length || text[at] != '>' || parts.Length != 1 || parts[0].Length == 0)
                        throw Refused(text, at, "a reference type is written <HasComponent>");
                    (reference, at) = (parts[0], at + 1);
                    break;
                default:
                    throw Refused(text, at, "a path goes by / (hierarchical), . (component or property) or <ReferenceType>, as in /Objects/Line1.State");
            }

            var start = at;
            (var space, var name, at) = ReadName(text, at);
            if (name is [""])
                throw Refused(text, start, "a name is missing; * stands for any");
            var deep = space is null && name is ["", "", ""];
            if (!deep && text.AsSpan(start, at - start).Contains("**", StringComparison.Ordinal) && !text.AsSpan(start, at - start).Contains('&'))
                throw Refused(text, start, "** stands alone between two steps, as in /Objects/**/State");
            if (steps.Count == MostSteps)
                throw Refused(text, start, $"a path has at most {MostSteps} steps");
            steps.Add(new PathStep(kind, reference, subtypes, space, name, deep));
        }

        return steps.Count > 0 ? new PathPattern(text, steps.ToImmutable()) : throw new UsageException("The pattern is empty. Write a path such as /Objects/Line1/*.");
    }

    /// <summary>One step down by this name, as a path writes it.</summary>
    public static string Step(string name)
    {
        var step = new StringBuilder("/");
        foreach (var character in name)
            (Reserved.Contains(character) ? step.Append('&') : step).Append(character);
        return step.ToString();
    }

    private static (ushort? Namespace, ImmutableArray<string> Parts, int At) ReadName(string text, int at)
    {
        ushort? space = null;
        var digits = at;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        if (digits > at && digits < text.Length && text[digits] == ':')
        {
            space = ushort.TryParse(text.AsSpan(at, digits - at), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index
                : throw Refused(text, at, "a namespace index is a number from 0 to 65535");
            at = digits + 1;
        }

        var parts = ImmutableArray.CreateBuilder<string>();
        var part = new StringBuilder();
        for (; at < text.Length && !"/.<>".Contains(text[at]); at++)
        {
            if (text[at] == '&')
            {
                if (++at == text.Length || !Reserved.Contains(text[at]))
                    throw Refused(text, at, $"& stands before one of {Reserved} only");
                part.Append(text[at]);
            }
            else if (text[at] == '*')
            {
                parts.Add(part.ToString());
                part.Clear();
            }
            else
            {
                part.Append(":#!".Contains(text[at]) ? throw Refused(text, at, $"'{text[at]}' in a name is written &{text[at]}") : text[at]);
            }
        }

        parts.Add(part.ToString());
        return (space, parts.ToImmutable(), at);
    }

    private static UsageException Refused(string text, int at, string what) => new($"Pattern '{text}', character {at + 1}: {what}.");
}

internal enum ReferenceKind
{
    Hierarchical,
    Aggregates,
    Named,
}

/// <param name="Kind">Which references it follows.</param>
/// <param name="Reference">Name of the reference type, of <see cref="ReferenceKind.Named"/>.</param>
/// <param name="Subtypes">Subtypes of that are followed, too.</param>
/// <param name="Namespace">Namespace index of the name; null for any.</param>
/// <param name="Parts">What stands around the wildcards: one part for none.</param>
/// <param name="Deep">It stands for any number of steps.</param>
internal sealed record PathStep(ReferenceKind Kind, string Reference, bool Subtypes, ushort? Namespace, ImmutableArray<string> Parts, bool Deep)
{
    public bool IsWild => Parts.Length > 1;

    public bool Matches(string name, ushort space)
    {
        if (Namespace is { } wanted && wanted != space)
            return false;
        if (!IsWild)
            return name == Parts[0];
        if (!name.StartsWith(Parts[0], StringComparison.Ordinal) || name.Length < Parts[0].Length + Parts[^1].Length || !name.EndsWith(Parts[^1], StringComparison.Ordinal))
            return false;
        var (at, end) = (Parts[0].Length, name.Length - Parts[^1].Length);
        foreach (var part in Parts.AsSpan()[1..^1])
        {
            var found = name.AsSpan(at, end - at).IndexOf(part, StringComparison.Ordinal);
            if (found < 0)
                return false;
            at += found + part.Length;
        }

        return true;
    }
}
