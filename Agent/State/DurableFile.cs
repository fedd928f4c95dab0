using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.State;

/// <summary>Replaces a small file so that a crash at any moment leaves either the old or the new content, whole.</summary>
internal static class DurableFile
{
    /// <summary>Writes beside it, flushes, renames over it and flushes the directory; on return the content survives a power cut.</summary>
    /// <exception cref="IOException">Nothing may be assumed about which of the two contents is on disk; do not write again before reading.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        DurableRename.Over(temporary, path);
    }
}
