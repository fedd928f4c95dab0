using System.Text;
using System.Text.Json;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Cli;

/// <summary>Writes one JSON object on one line.</summary>
internal static class JsonText
{
    public static string Of(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>A reading: node, value, status, times. Numbers and Booleans as such, all else as text.</summary>
    public static string Reading(string node, DataValue reading) => Of(writer =>
    {
        writer.WriteString("node", node);
        Value(writer, reading.Value);
        writer.WriteString("type", reading.Value.Type.ToString() + (reading.Value.IsArray ? "[]" : ""));
        writer.WriteString("status", reading.Status.ToString());
        if (reading.SourceTimestamp != DateTime.MinValue)
            writer.WriteString("source_time", reading.SourceTimestamp);
        if (reading.ServerTimestamp != DateTime.MinValue)
            writer.WriteString("server_time", reading.ServerTimestamp);
    });

    /// <summary>Numbers and Booleans as such, all else as text.</summary>
    public static void Value(Utf8JsonWriter writer, Variant value)
    {
        if (value.IsNull)
            writer.WriteNull("value");
        else if (value.TryGet(out bool flag))
            writer.WriteBoolean("value", flag);
        else if (value.TryGetInteger(out var integer))
            writer.WriteNumber("value", integer);
        else if (value.TryGetNumber(out var number) && double.IsFinite(number))
            writer.WriteNumber("value", number);
        else
            writer.WriteString("value", value.ToString());
    }
}
