using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace PatchEdge.OpcUa.Encoding;

/// <summary>The strings of the wire: strict UTF-8 without NUL (Part 6 §5.2.2.4).</summary>
internal static class UaString
{
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = bytes.Contains((byte)0) || !Utf8.IsValid(bytes) ? null : Strict.GetString(bytes);
        return text is not null;
    }
}
