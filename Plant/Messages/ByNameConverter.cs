using System.Text.Json.Serialization;

namespace PatchEdge.Plant.Messages;

/// <summary>Writes and reads an enumeration by name, never by number: a number would be taken for a name that it no longer has.</summary>
public sealed class ByNameConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
    where T : struct, Enum;
