namespace PatchEdge.OpcUa.Types;

/// <summary>Text for people with its locale, such as <c>en-US</c> (Part 3 §8.5). <c>default</c> is the null text; null and empty differ.</summary>
public readonly record struct LocalizedText(string? Locale, string? Text)
{
    /// <summary>Text of no particular locale.</summary>
    public LocalizedText(string? text) : this(null, text) { }

    public bool IsNull => Locale is null && Text is null;

    public override string ToString() => Text ?? "";
}
