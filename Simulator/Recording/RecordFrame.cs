using System.Numerics;

namespace PatchEdge.Simulator.Recording;

/// <summary>
/// The record's files are frames: length and CRC-32C of the body (4 bytes each, little endian), then the body, whose first byte is one of these.
/// Numbers in bodies are of 7 bits a byte, the lowest first; times are differences to the one before in the file.
/// </summary>
internal enum RecordFrame : byte
{
    /// <summary>First frame of each file: format, writer, start of its life (ticks), number of the file in this life.</summary>
    Head = 0,

    /// <summary>A tag's name and the sequence number of its next value; its place among these frames is its number from then on.</summary>
    Tag = 1,

    /// <summary>All values of one scan: tag's number, time, status, length and bytes of an OPC UA Binary Variant each.</summary>
    Values = 2,

    /// <summary>Id, kind, target, from, to (0 while it lasts). A later frame of the same id and writer takes an earlier one's place.</summary>
    Fault = 3,
}

internal static class RecordFormat
{
    public const string Name = "PatchEdge plant record 1";

    public const string Ending = ".record";

    /// <summary>Longer ones are damage.</summary>
    public const int LongestBody = 4 * 1024 * 1024;

    public const int HeadLength = 8;

    public static uint Checksum(ReadOnlySpan<byte> body)
    {
        var sum = uint.MaxValue;
        foreach (var single in body)
            sum = BitOperations.Crc32C(sum, single);
        return ~sum;
    }

    /// <summary>Signed numbers as unsigned ones, small ones small.</summary>
    public static long Fold(long number) => unchecked((number << 1) ^ (number >> 63));

    public static long Unfold(long folded) => unchecked((long)((ulong)folded >> 1) ^ -(folded & 1));
}
