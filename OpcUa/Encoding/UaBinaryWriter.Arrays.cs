using System.Runtime.InteropServices;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Encoding;

// Arrays: Part 6 §5.2.5.
public sealed partial class UaBinaryWriter
{
    public void WriteArray<T>(T[] values) where T : IEncodable<T>
    {
        WriteInt32(values.Length);
        foreach (T value in values) value.Encode(this);
    }

    public void WriteUInt32Array(uint[] values) => WriteNumbers<uint>(values);
    public void WriteByteArray(byte[] values) => WriteNumbers<byte>(values);
    public void WriteStringArray(string?[] values) => WriteArray(values, static (w, v) => w.WriteString(v));
    public void WriteByteStringArray(byte[]?[] values) => WriteArray(values, static (w, v) => w.WriteByteString(v));
    public void WriteDateTimeArray(DateTime[] values) => WriteArray(values, static (w, v) => w.WriteDateTime(v));
    public void WriteNodeIdArray(NodeId[] values) => WriteArray(values, static (w, v) => w.WriteNodeId(v));
    public void WriteStatusCodeArray(StatusCode[] values) => WriteArray(values, static (w, v) => w.WriteStatusCode(v));
    public void WriteQualifiedNameArray(QualifiedName[] values) => WriteArray(values, static (w, v) => w.WriteQualifiedName(v));
    public void WriteLocalizedTextArray(LocalizedText[] values) => WriteArray(values, static (w, v) => w.WriteLocalizedText(v));
    public void WriteExtensionObjectArray(ExtensionObject?[] values) => WriteArray(values, static (w, v) => w.WriteExtensionObject(v));
    public void WriteDataValueArray(DataValue[] values) => WriteArray(values, static (w, v) => w.WriteDataValue(v));
    public void WriteVariantArray(Variant[] values) => WriteArray(values, static (w, v) => w.WriteVariant(v));
    public void WriteDiagnosticInfoArray(DiagnosticInfo?[] values) => WriteArray(values, static (w, v) => w.WriteDiagnosticInfo(v));

    private void WriteArray<T>(T[] values, Action<UaBinaryWriter, T> write)
    {
        WriteInt32(values.Length);
        foreach (T value in values) write(this, value);
    }

    /// <summary>Writes fixed-size numbers at once; they lie in memory as on the wire, which is little-endian.</summary>
    private void WriteNumbers<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        WriteInt32(values.Length);
        WriteRaw(MemoryMarshal.AsBytes(values));
    }
}
