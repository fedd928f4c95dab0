using System.Text.RegularExpressions;
using PatchEdge.OpcUa.Encoding;

namespace PatchEdge.OpcUa.Tests.Encoding;

/// <summary>Bytes as tests write them: hexadecimal, a comment after // to the end of its line.</summary>
internal static partial class Bytes
{
    public static byte[] Of(string commented) => Convert.FromHexString(NotHex().Replace(commented, ""));

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);

    public static byte[] Written(Action<UaBinaryWriter> write)
    {
        using var writer = new UaBinaryWriter();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }

    public static T Read<T>(ReadOnlySpan<byte> bytes, ElementReader<T> read, DecodingLimits? limits = null)
    {
        var reader = new UaBinaryReader(bytes, limits);
        T value = read(ref reader);
        reader.ExpectEnd();
        return value;
    }

    [GeneratedRegex(@"//[^\n]*|\s+")]
    private static partial Regex NotHex();
}
