using System.Globalization;

namespace PatchEdge.OpcUa.Types;

/// <summary>A variant for logs and people: invariant, bounded, never meant to be parsed.</summary>
internal static class VariantText
{
    private const int MaxElements = 16;

    public static string Format(Variant variant)
    {
        if (variant.IsNull) return "null";
        if (!variant.IsArray) return Scalar(variant.ToObject());
        Array elements = variant.Elements!;
        IEnumerable<string> shown = elements.Cast<object?>().Take(MaxElements).Select(Scalar);
        string tail = elements.Length > MaxElements ? $", … {elements.Length} in all" : "";
        return $"[{string.Join(", ", shown)}{tail}]";
    }

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        byte[] bytes => Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, 32))) + (bytes.Length > 32 ? "…" : ""),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
