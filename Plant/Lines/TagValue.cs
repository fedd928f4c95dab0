using System.Globalization;

namespace PatchEdge.Plant.Lines;

/// <summary>A scalar as conditions see it: nothing, true or false, a number, or text.</summary>
/// <remarks>Equal when kind and content are; <c>default</c> is <see cref="Null"/>. A NaN equals no number, itself included, as in a condition.</remarks>
public readonly record struct TagValue
{
    private readonly double number;
    private readonly string? text;

    private TagValue(TagValueKind kind, double number, string? text)
    {
        Kind = kind;
        this.number = number;
        this.text = text;
    }

    /// <summary>No value: the server sent none, or one of a type that no condition can compare.</summary>
    public static TagValue Null => default;

    public TagValueKind Kind { get; }

    /// <summary>Null unless it is a number; may be NaN or infinite.</summary>
    public double? Number => Kind == TagValueKind.Number ? number : null;

    /// <summary>Null unless it is a Boolean.</summary>
    public bool? Boolean => Kind == TagValueKind.Boolean ? number != 0 : null;

    /// <summary>Null unless it is text.</summary>
    public string? Text => text;

    /// <summary>Integers beyond 2^53 lose their last digits, which no state or limit has.</summary>
    public static TagValue Of(double number) => new(TagValueKind.Number, number, null);

    public static TagValue Of(bool flag) => new(TagValueKind.Boolean, flag ? 1 : 0, null);

    /// <summary>A null text is <see cref="Null"/>: it proves nothing, not even emptiness.</summary>
    public static TagValue Of(string? text) => text is null ? Null : new(TagValueKind.Text, 0, text);

    public bool Equals(TagValue other) => Kind == other.Kind && number == other.number && text == other.text;

    public override int GetHashCode() => HashCode.Combine(Kind, number, text);

    /// <summary>For people: text in quotes, <c>nothing</c> for null.</summary>
    public override string ToString() => Kind switch
    {
        TagValueKind.Boolean => number != 0 ? "true" : "false",
        TagValueKind.Number => number.ToString("R", CultureInfo.InvariantCulture),
        TagValueKind.Text => text!.Length <= 64 ? $"'{text}'" : $"'{text[..64]}…'",
        _ => "nothing",
    };
}

public enum TagValueKind
{
    Null,
    Boolean,
    Number,
    Text,
}
