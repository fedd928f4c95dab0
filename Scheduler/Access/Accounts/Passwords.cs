using System.Security.Cryptography;

namespace PatchEdge.Scheduler.Access.Accounts;

/// <summary>Makes passwords that people can read out and type.</summary>
internal static class Passwords
{
    public const int ShortestAllowed = 12;
    public const int LongestAllowed = 128;

    /// <summary>No 0, O, 1 or I.</summary>
    private const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    /// <summary><c>XXXX-XXXX-XXXX-XXXX</c>: 80 random bits.</summary>
    public static string Make() =>
        string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));
}
