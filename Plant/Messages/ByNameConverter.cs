using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PatchEdge.Plant.Messages;

/// <summary>Writes and reads an enumeration by one exact name: no number, no list of names, no other case, which could all turn into a name that nobody wrote.</summary>
public sealed class ByNameConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly FrozenDictionary<string, T> ByName =
        Enum.GetValues<T>().ToFrozenDictionary(value => value.ToString(), StringComparer.Ordinal);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && ByName.TryGetValue(reader.GetString()!, out var value)
            ? value
            : throw new JsonException($"is none of {string.Join(", ", Enum.GetNames<T>())}");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteStringValue(ByName.ContainsKey(value.ToString()) ? value.ToString() : throw new JsonException($"{value} is no {typeof(T).Name}"));
}
