namespace PatchEdge.Plant.Files;

/// <summary>Reads secrets from files that nobody but their owner can read.</summary>
public static class SecretFile
{
    public const int MaximumBytes = 64 * 1024;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The file's text without the line end behind it.</summary>
    /// <exception cref="ConfigurationException">Missing, empty, too large, or open to others (on Windows, permissions are the directory's business).</exception>
    public static string ReadText(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                throw Refused(path, "secret file does not exist: create it, readable by its owner only");
            if (file.Length > MaximumBytes)
                throw Refused(path, $"secret file is larger than {MaximumBytes / 1024} KiB");
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
                throw Refused(path, "secret file is open to others than its owner: run chmod 600 on it");
            var text = File.ReadAllText(path).TrimEnd('\r', '\n');
            return text.Length > 0 ? text : throw Refused(path, "secret file is empty");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, "secret file cannot be read: " + exception.Message);
        }
    }

    private static ConfigurationException Refused(string path, string message) => new(new ConfigurationError(path, 0, "", null, message));
}
