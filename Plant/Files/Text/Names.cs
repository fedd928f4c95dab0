namespace PatchEdge.Plant.Files.Text;

/// <summary>What a name in a configuration file may look like: it becomes a level of a topic, a historian's tag and a word in sentences.</summary>
public static class Names
{
    public const int MaximumLength = 64;

    /// <summary>Why the text cannot be a name; null when it can.</summary>
    public static string? Refusal(string text)
    {
        if (text.Length == 0)
            return "a name cannot be empty";
        if (text.Length > MaximumLength)
            return $"a name has at most {MaximumLength} characters, this one has {text.Length}";
        if (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
            return "a name cannot start or end with a space";
        foreach (var character in text)
        {
            if (character is '/' or '+' or '#')
                return $"a name cannot contain '{character}', which separates or matches levels of an MQTT topic";
            if (Printable.IsUnsafe(character))
                return $"a name cannot contain the unprintable character U+{(int)character:X4}";
        }

        return null;
    }

    /// <summary>A name in C# style as configuration files write it: <c>SignAndEncrypt</c> becomes <c>sign-and-encrypt</c>.</summary>
    public static string Kebab(string name) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(name);
}
