using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

/// <summary>Reads one element of an array.</summary>
public delegate T ElementReader<out T>(ref UaBinaryReader reader);

// Arrays: Part 6 §5.2.5. The fields of messages do not tell a null array from an empty one; variants do.
public ref partial struct UaBinaryReader
{
    /// <summary>Reads an array of structures; null becomes empty.</summary>
    public T[] ReadArray<T>() where T : IEncodable<T> =>
        ReadNullableArray(T.MinimumSize, static (ref r) => T.Decode(ref r)) ?? [];

    public uint[] ReadUInt32Array() => ReadNumbers<uint>("UInt32[]") ?? [];
    public byte[] ReadByteArray() => ReadNumbers<byte>("Byte[]") ?? [];
    public string?[] ReadStringArray() => ReadNullableArray(4, static (ref r) => r.ReadString()) ?? [];
    public byte[]?[] ReadByteStringArray() => ReadNullableArray(4, static (ref r) => r.ReadByteString()) ?? [];
    public DateTime[] ReadDateTimeArray() => ReadNullableArray(8, static (ref r) => r.ReadDateTime()) ?? [];
    public NodeId[] ReadNodeIdArray() => ReadNullableArray(2, static (ref r) => r.ReadNodeId()) ?? [];
    public StatusCode[] ReadStatusCodeArray() => ReadNullableArray(4, static (ref r) => r.ReadStatusCode()) ?? [];
    public QualifiedName[] ReadQualifiedNameArray() => ReadNullableArray(6, static (ref r) => r.ReadQualifiedName()) ?? [];
    public LocalizedText[] ReadLocalizedTextArray() => ReadNullableArray(1, static (ref r) => r.ReadLocalizedText()) ?? [];
    public ExtensionObject?[] ReadExtensionObjectArray() => ReadNullableArray(3, static (ref r) => r.ReadExtensionObject()) ?? [];
    public Variant[] ReadVariantArray() => ReadNullableArray(1, static (ref r) => r.ReadVariant()) ?? [];
    public DiagnosticInfo?[] ReadDiagnosticInfoArray() => ReadNullableArray(1, static (ref r) => r.ReadDiagnosticInfo()) ?? [];

    /// <summary>What Read answers: worth a loop of its own.</summary>
    public DataValue[] ReadDataValueArray()
    {
        int count = ReadLength("An array");
        if (count <= 0) return [];
        Charge((long)count * Unsafe.SizeOf<DataValue>());
        var array = new DataValue[count];
        for (int i = 0; i < array.Length; i++) array[i] = ReadDataValue();
        return array;
    }

    /// <summary>Reads an array element by element; −1 is null.</summary>
    /// <param name="minimumSize">Fewest bytes of one element, at least 1.</param>
    /// <param name="element">Reads one element.</param>
    public T[]? ReadNullableArray<T>(int minimumSize, ElementReader<T> element)
    {
        int count = ReadLength("An array", minimumSize);
        if (count <= 0) return count < 0 ? null : [];
        Charge((long)count * Unsafe.SizeOf<T>());
        var array = new T[count];
        for (int i = 0; i < array.Length; i++) array[i] = element(ref this);
        return array;
    }

    /// <summary>Reads an array of fixed-size numbers at once; they lie in memory as on the wire, which is little-endian.</summary>
    private T[]? ReadNumbers<T>(string what) where T : unmanaged
    {
        Debug.Assert(BitConverter.IsLittleEndian, "The machines that .NET 10 supports for us are little-endian.");
        int count = ReadLength(what, Unsafe.SizeOf<T>());
        return count < 0 ? null : MemoryMarshal.Cast<byte, T>(Take(count * Unsafe.SizeOf<T>())).ToArray();
    }
}
