using System.Security.Cryptography;

namespace PatchEdge.Gateway.Reload;

/// <summary>The files that make up a plant on disk, as bytes: whether they are the same as before, nothing more.</summary>
internal sealed class PlantFiles(string plantFile)
{
    private string? table;

    /// <summary>Names the table of tags that the plant file says it has; null when it has none.</summary>
    public void Follow(string? tablePath) => table = tablePath;

    /// <summary>Changes whenever any of the files does; a file that cannot be read just now counts by its failure.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in new[] { plantFile, table }.OfType<string>())
            hash.AppendData(Of(path));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>When and how large: cheap to ask, and nearly always enough to see that nothing changed.</summary>
    public string Stamp() => string.Join('|', new[] { plantFile, table }.OfType<string>().Select(path =>
    {
        var file = new FileInfo(path);
        return file.Exists ? $"{file.LastWriteTimeUtc.Ticks}:{file.Length}" : "missing";
    }));

    private static byte[] Of(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return SHA256.HashData(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [(byte)exception.GetType().Name.Length];
        }
    }
}
