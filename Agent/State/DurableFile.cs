using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PatchEdge.Agent.State;

/// <summary>Replaces a small file so that a crash at any moment leaves either the old or the new content, whole.</summary>
internal static class DurableFile
{
    private const int MoveReplaceExisting = 0x1;
    private const int MoveWriteThrough = 0x8;
    private const int OpenReadOnly = 0;

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

        if (OperatingSystem.IsWindows())
        {
            if (!MoveFileEx(temporary, path, MoveReplaceExisting | MoveWriteThrough))
                throw Failure("rename", path);
            return;
        }

        File.Move(temporary, path, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes the directory's own entries durable; the base class library opens no directories, so this asks the C library.</summary>
    private static void FlushDirectory(string directory)
    {
        var descriptor = Open(directory, OpenReadOnly);
        if (descriptor < 0)
            throw Failure("open", directory);
        try
        {
            if (Flush(descriptor) != 0)
                throw Failure("fsync", directory);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Failure(string operation, string path)
    {
        var cause = new Win32Exception(Marshal.GetLastPInvokeError());
        return new IOException($"{operation} {path}: {cause.Message}. Check the disk, then restart the agent.", cause);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);

    [DllImport("kernel32", EntryPoint = "MoveFileExW", SetLastError = true, CharSet = CharSet.Unicode)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool MoveFileEx(string existing, string replacement, int flags);
}
