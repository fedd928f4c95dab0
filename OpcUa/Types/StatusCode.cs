namespace PatchEdge.OpcUa.Types;

/// <summary>
/// Outcome of an operation or quality of a value (Part 4 §7.38): severity and sub-code in the upper 16 bits, info bits below.
/// <c>default</c> is Good. Equality compares all 32 bits; compare <see cref="Code"/> to ignore info bits.
/// </summary>
public readonly record struct StatusCode(uint Value)
{
    private const uint CodeMask = 0xFFFF0000;
    private const uint InfoTypeMask = 0x00000C00;
    private const uint InfoTypeDataValue = 0x00000400;
    private const uint OverflowBit = 0x00000080;

    /// <summary>Severity and sub-code, structure-changed, semantics-changed and info bits cleared.</summary>
    public uint Code => Value & CodeMask;

    public bool IsGood => Value >> 30 == 0;
    public bool IsUncertain => Value >> 30 == 1;

    /// <summary>Severity 10, and the reserved severity 11, which nobody may take for usable.</summary>
    public bool IsBad => Value >> 31 == 1;

    /// <summary>The info bits belong to a DataValue and say that its queue dropped at least one value (Part 4 §7.38.1).</summary>
    public bool HasOverflow => (Value & InfoTypeMask) == InfoTypeDataValue && (Value & OverflowBit) != 0;

    public bool StructureChanged => (Value & 0x8000) != 0;
    public bool SemanticsChanged => (Value & 0x4000) != 0;

    /// <summary>Name from the specification's table, or the code in hexadecimal when it is in none.</summary>
    public string SymbolicName => StatusCodes.NameOf(this) ?? $"0x{Value:X8}";

    /// <summary>The same code, marked as the value at which a monitored item's queue overflowed.</summary>
    public StatusCode WithOverflow() => new((Value & ~InfoTypeMask) | InfoTypeDataValue | OverflowBit);

    public override string ToString() => Value == Code || StatusCodes.NameOf(this) is null ? SymbolicName : $"{SymbolicName} (0x{Value:X8})";

    public static implicit operator StatusCode(uint value) => new(value);
    public static explicit operator uint(StatusCode status) => status.Value;
    public static StatusCode FromUInt32(uint value) => new(value);
    public uint ToUInt32() => Value;
}
