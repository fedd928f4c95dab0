namespace PatchEdge.Plant.Files;

/// <summary>Replaces a file as a whole: whoever reads it, at any moment and after any crash, finds the old content or the new.</summary>
public static class FileReplacement
{
    /// <summary>Writes beside the file, syncs, renames over it, syncs the directory. Permissions stay; a link is followed, not replaced.</summary>
    /// <exception cref="ConfigurationException">It cannot be written; the file is as it was.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var target = Path.GetFullPath(path);
        string? temporary = null;
        try
        {
            target = File.Exists(target) ? File.ResolveLinkTarget(target, returnFinalTarget: true)?.FullName ?? target : target;
            var directory = Path.GetDirectoryName(target)!;
            temporary = Path.Combine(directory, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                if (!OperatingSystem.IsWindows() && File.Exists(target))
                    File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(target));
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            DurableRename.Over(temporary, target);
            temporary = null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (temporary is not null && File.Exists(temporary))
                File.Delete(temporary);
            throw new ConfigurationException(new ConfigurationError(path, 0, "", null, "cannot be written: " + exception.Message));
        }
    }
}
