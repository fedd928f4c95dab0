using System.Security.Cryptography;
using System.Text.Json;

namespace PatchEdge.Plant.Files;

/// <summary>Hashes what a configuration says, not how it is written.</summary>
internal static class ConfigurationHash
{
    /// <summary>SHA-256 (lower-case hex) of the content as JSON, maps in ordinal order of their keys, every scalar as text.</summary>
    public static string Of(MapNode map)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            Write(writer, map);
        return Convert.ToHexStringLower(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
    }

    private static void Write(Utf8JsonWriter writer, ConfigurationNode node)
    {
        switch (node)
        {
            case ScalarNode { IsNull: true }:
                writer.WriteNullValue();
                break;
            case ScalarNode scalar:
                writer.WriteStringValue(scalar.Text);
                break;
            case ListNode list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case MapNode map:
                writer.WriteStartObject();
                foreach (var entry in map.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(entry.Key);
                    Write(writer, entry.Value);
                }

                writer.WriteEndObject();
                break;
        }
    }
}
