namespace PatchEdge.Scheduler.Storage;

/// <summary>Writes secrets so that nobody but the owner can ever read them, not even for a moment.</summary>
internal static class OwnerOnlyFile
{
    /// <summary>Writes a new file, or fails when it exists: created owner-only, flushed, then given its name, so a crash leaves no half a secret.</summary>
    public static void Create(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, Options()))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: false);
    }

    private static FileStreamOptions Options()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
