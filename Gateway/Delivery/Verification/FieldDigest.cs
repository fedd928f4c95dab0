namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>Values as 64 bits: numbers as they are, text by FNV-1a. It finds what was changed by mistake or by hand; it is no signature.</summary>
internal static class FieldDigest
{
    private const ulong Basis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Of(double number) => BitConverter.DoubleToUInt64Bits(number == 0 ? 0.0 : number);

    /// <param name="text">UTF-8.</param>
    public static ulong Of(ReadOnlySpan<byte> text)
    {
        var digest = Basis;
        foreach (var single in text)
            digest = unchecked((digest ^ single) * Prime);
        return digest;
    }

    /// <summary>Of a field at a place: the digests of a point, or of a window, add up, in whatever order they come.</summary>
    public static ulong Of(int series, long time, int field, ulong value)
    {
        var digest = unchecked((((ulong)series << 32) ^ (uint)field) * Prime ^ (ulong)time);
        digest = unchecked((digest ^ (digest >> 31)) * 0x9E3779B97F4A7C15 ^ value);
        return unchecked((digest ^ (digest >> 29)) * 0xBF58476D1CE4E5B9);
    }
}
