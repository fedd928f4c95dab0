using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Holds;

/// <summary>How to free the lines that may be held through this gateway, in a file of its own: a plant file may lose a line while it is held. Thread-safe.</summary>
/// <remarks>What stands here stood in a plant file of this gateway before; nothing that comes over the network says which nodes are written or called.</remarks>
internal sealed class HeldLines
{
    public const string FileName = "held-lines.json";

    private readonly Lock gate = new();
    private readonly string path;
    private ImmutableDictionary<string, HeldLine> held;

    /// <param name="directory">Where the file is, or is made.</param>
    public HeldLines(string directory)
    {
        path = Path.Combine(directory, FileName);
        held = Read().ToImmutableDictionary(line => line.Line, StringComparer.Ordinal);
    }

    public IEnumerable<HeldLine> All
    {
        get
        {
            lock (gate)
                return held.Values;
        }
    }

    /// <summary>Before its controller is asked to hold it: durable on return.</summary>
    /// <exception cref="ConfigurationException">It cannot be kept.</exception>
    public void Keep(Line line, long token)
    {
        lock (gate)
            if (!held.TryGetValue(line.Name, out var known) || known.Token < token)
                Write(held.SetItem(line.Name, new HeldLine(line.Name, token, line.Hold, line.HoldNodes!)));
    }

    /// <summary>Its controller said that this token does not hold it, or no longer.</summary>
    /// <exception cref="ConfigurationException">It cannot be let go of; then it is asked again for nothing.</exception>
    public void Forget(string line, long token)
    {
        lock (gate)
            if (held.TryGetValue(line, out var known) && known.Token <= token)
                Write(held.Remove(line));
    }

    private void Write(ImmutableDictionary<string, HeldLine> next)
    {
        FileReplacement.Write(path, JsonSerializer.SerializeToUtf8Bytes([.. next.Values.OrderBy(line => line.Line, StringComparer.Ordinal)], HeldLinesJson.Default.HeldLineArray));
        held = next;
    }

    private HeldLine[] Read()
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), HeldLinesJson.Default.HeldLineArray) ?? [] : [];
        }
        catch (JsonException exception)
        {
            throw new ConfigurationException(new ConfigurationError(path, 0, "", null,
                $"cannot be read ({exception.Message}): see at the equipment that no line is held which the plant file does not have, then remove this file"));
        }
    }
}

/// <summary>One line as the plant file had it when it was held.</summary>
/// <param name="Line">Its name.</param>
/// <param name="Token">The newest token that it was asked to hold with.</param>
/// <param name="Mode">How.</param>
/// <param name="Nodes">Where.</param>
internal sealed record HeldLine(string Line, long Token, HoldMode Mode, HoldNodes Nodes)
{
    /// <summary>As far as freeing it goes.</summary>
    public Line AsLine() => new()
    {
        Name = Line, Area = "", Dwell = TimeSpan.Zero, Units = [], Tags = [], Idle = null, Hold = Mode, HoldNodes = Nodes,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(HeldLine[]))]
internal sealed partial class HeldLinesJson : JsonSerializerContext;
