using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PatchEdge.Plant.Files;

/// <summary>Gives a file that is already flushed its name, so that the name survives a power cut as well as the content.</summary>
public static class DurableRename
{
    private const int MoveReplaceExisting = 0x1;
    private const int MoveWriteThrough = 0x8;
    private const int OpenReadOnly = 0;

    /// <summary>Renames within one directory, over what had that name, and flushes the directory.</summary>
    /// <exception cref="IOException">Nothing may be assumed about which of the two is on disk under the name; do not write again before reading.</exception>
    public static void Over(string temporary, string path)
    {
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
        return new IOException($"{operation} {path}: {cause.Message}. Check the disk.", cause);
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
