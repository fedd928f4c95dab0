namespace PatchEdge.Agent.Configuration;

/// <summary>Sees to it that not everybody on this host can change what it runs.</summary>
/// <remarks>A group may: which one, and who is in it, is the owner's choice, and many systems give each user a group alone.</remarks>
internal static class OwnerOnly
{
    /// <summary>Why a file, or the directory that lists it, could be changed by anybody; null when it could not, or on Windows, where the directory's permissions decide.</summary>
    public static string? Refusal(string file)
    {
        if (OperatingSystem.IsWindows())
            return null;
        if (File.Exists(file) && (File.GetUnixFileMode(file) & UnixFileMode.OtherWrite) != 0)
            return $"{file} can be changed by everybody: run chmod o-w on it";
        var directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (!Directory.Exists(directory))
            return null;
        var mode = File.GetUnixFileMode(directory);
        return (mode & UnixFileMode.OtherWrite) != 0 && (mode & UnixFileMode.StickyBit) == 0
            ? $"files in {directory} can be replaced by everybody: run chmod o-w on it"
            : null;
    }
}
