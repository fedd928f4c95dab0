using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PatchEdge.Scheduler.Ledger;

/// <summary>Writes JSON in its one canonical form (RFC 8785), so that equal content has equal bytes: names sorted by UTF-16 code unit, no white space.</summary>
/// <remarks>Numbers are whole: the ledger writes spans in milliseconds and times as text, never fractions: those are refused with a <see cref="FormatException"/>.</remarks>
internal static class CanonicalJson
{
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(node, text);
        return text.ToString();
    }

    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                WriteMembers(members, text);
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0)
                        text.Append(',');
                    Write(items[i], text);
                }

                text.Append(']');
                break;
            default:
                WriteValue(node.AsValue(), text);
                break;
        }
    }

    private static void WriteMembers(JsonObject members, StringBuilder text)
    {
        text.Append('{');
        var first = true;
        foreach (var (name, value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
        {
            if (!first)
                text.Append(',');
            first = false;
            WriteText(name, text);
            text.Append(':');
            Write(value, text);
        }

        text.Append('}');
    }

    private static void WriteValue(JsonValue value, StringBuilder text)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.String:
                WriteText(value.GetValue<string>(), text);
                break;
            case JsonValueKind.Number when long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number):
                text.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            default:
                throw new FormatException($"The ledger was given {value.ToJsonString()}, which has no canonical form.");
        }
    }

    private static void WriteText(string value, StringBuilder text)
    {
        text.Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var character = value[i];
            if (char.IsHighSurrogate(character) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                text.Append(character).Append(value[++i]);
                continue;
            }

            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                // A lone surrogate has no UTF-8: it becomes the replacement character, here and not at the hash.
                _ when char.IsSurrogate(character) => text.Append('\uFFFD'),
                _ => text.Append(character),
            };
        }

        text.Append('"');
    }
}
