using System.Globalization;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Attributes;

/// <summary>
/// A part of an array (Part 4 §7.27): one dimension as <c>3</c> or <c>2:5</c>, both ends inclusive, or several with commas
/// between them; the first also cuts strings and byte strings. <c>default</c> is the whole value.
/// </summary>
internal readonly struct NumericRange
{
    private const int MaxDimensions = 8;
    private readonly (int Low, int High)[]? bounds;

    private NumericRange((int Low, int High)[] bounds) => this.bounds = bounds;

    public bool IsWhole => bounds is null;

    /// <summary>False for anything that Part 4 §7.27 does not allow: the answer is BadIndexRangeInvalid.</summary>
    public static bool TryParse(string? text, out NumericRange range)
    {
        range = default;
        if (string.IsNullOrEmpty(text)) return true;
        string[] parts = text.Split(',');
        if (parts.Length > MaxDimensions) return false;
        var bounds = new (int Low, int High)[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            string[] ends = parts[i].Split(':');
            if (ends.Length > 2 || !TryIndex(ends[0], out int low)) return false;
            int high = low;
            if (ends.Length == 2 && (!TryIndex(ends[1], out high) || high <= low)) return false;
            bounds[i] = (low, high);
        }
        range = new NumericRange(bounds);
        return true;
    }

    /// <summary>The part, with the status BadIndexRangeNoData when nothing of it exists. A bad value stays as it is.</summary>
    public DataValue Cut(in DataValue value)
    {
        if (bounds is null || value.Status.IsBad) return value;
        return TryCut(value.Value, out Variant part)
            ? value with { Value = part }
            : value with { Value = default, Status = StatusCodes.BadIndexRangeNoData };
    }

    public bool TryCut(in Variant whole, out Variant part)
    {
        part = default;
        if (bounds is null)
        {
            part = whole;
            return true;
        }
        if (whole.Elements is { } elements)
        {
            ReadOnlySpan<int> lengths = whole.Dimensions.Length > 0 ? whole.Dimensions : [elements.Length];
            return bounds.Length == lengths.Length && TryCutArray(whole.Type, elements, lengths, out part);
        }
        if (bounds.Length != 1 || whole.IsArray) return false;
        (int low, int high) = bounds[0];
        if (whole.TryGet(out string? text) && text is not null && low < text.Length)
        {
            int end = Math.Min(high + 1, text.Length);
            // Half a character could not even be sent.
            if (char.IsLowSurrogate(text[low]) || (end < text.Length && char.IsLowSurrogate(text[end]))) return false;
            part = new Variant(text[low..end]);
            return true;
        }
        if (whole.TryGet(out byte[]? bytes) && bytes is not null && low < bytes.Length)
        {
            part = new Variant(bytes[low..Math.Min(high + 1, bytes.Length)]);
            return true;
        }
        return false;
    }

    /// <summary>Puts a part into a copy of the whole; false when it does not fit exactly (Part 4, Write).</summary>
    public bool TryReplace(in Variant whole, in Variant part, out Variant result)
    {
        result = default;
        if (bounds is null || bounds.Length != 1 || whole.Elements is not { } elements || whole.Dimensions.Length > 1) return false;
        (int low, int high) = bounds[0];
        if (part.Elements is not { } inserted || part.Type != whole.Type || inserted.Length != high - low + 1 || high >= elements.Length) return false;
        var copy = (Array)elements.Clone();
        Array.Copy(inserted, 0, copy, low, inserted.Length);
        result = Variant.FromElements(whole.Type, copy);
        return true;
    }

    private bool TryCutArray(BuiltInType type, Array elements, ReadOnlySpan<int> lengths, out Variant part)
    {
        part = default;
        Span<int> counts = stackalloc int[lengths.Length];
        Span<int> index = stackalloc int[lengths.Length];
        int total = 1;
        for (int d = 0; d < lengths.Length; d++)
        {
            if (bounds![d].Low >= lengths[d]) return false;
            counts[d] = Math.Min(bounds[d].High, lengths[d] - 1) - bounds[d].Low + 1;
            total *= counts[d];
        }
        Array cut = Array.CreateInstance(elements.GetType().GetElementType()!, total);
        // Rows of the last dimension lie together; the index counts through the others.
        int row = counts[^1];
        for (int start = 0; start < total; start += row)
        {
            int source = 0, rest = start / row;
            for (int d = lengths.Length - 2; d >= 0; d--)
            {
                index[d] = bounds![d].Low + rest % counts[d];
                rest /= counts[d];
            }
            index[^1] = bounds![^1].Low;
            for (int d = 0; d < lengths.Length; d++) source = source * lengths[d] + index[d];
            Array.Copy(elements, source, cut, start, row);
        }
        part = Variant.FromElements(type, cut, lengths.Length > 1 ? counts.ToArray() : null);
        return true;
    }

    // Digits only: int.Parse would also take signs and blanks.
    private static bool TryIndex(string text, out int index) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < int.MaxValue;
}
