namespace PatchEdge.Agent.Configuration;

/// <summary>Sees to it that only its owner can change what this host runs.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Why a file, or the directory that lists it, could be changed by others; null when it could not, or on Windows, where the directory's permissions decide.</summary>
    public static string? Refusal(string file)
    {
        if (OperatingSystem.IsWindows())
            return null;
        if (File.Exists(file) && (File.GetUnixFileMode(file) & WritableByOthers) != 0)
            return $"{file} can be changed by others than its owner: run chmod go-w on it";
        var directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (!Directory.Exists(directory))
            return null;
        var mode = File.GetUnixFileMode(directory);
        return (mode & WritableByOthers) != 0 && (mode & UnixFileMode.StickyBit) == 0
            ? $"files in {directory} can be replaced by others than its owner: run chmod go-w on it"
            : null;
    }
}
