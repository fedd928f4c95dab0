namespace PatchEdge.OpcUa.Types;

/// <summary>Bits of the AccessLevel and UserAccessLevel attributes (Part 3 §8.57).</summary>
[Flags]
public enum AccessLevels : byte
{
    None = 0,
    CurrentRead = 0x01,
    CurrentWrite = 0x02,
    HistoryRead = 0x04,
    HistoryWrite = 0x08,
    SemanticChange = 0x10,
    StatusWrite = 0x20,
    TimestampWrite = 0x40,
}
