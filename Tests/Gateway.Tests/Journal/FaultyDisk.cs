using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PatchEdge.Gateway.Tests.Journal;

/// <summary>
/// A disk of a given size under one directory, whose writes and syncs can fail: a layer between SQLite and its own files (a VFS), which
/// passes on everything that lies in other directories. What it refuses never reaches the file.
/// </summary>
internal sealed unsafe partial class FaultyDisk : IDisposable
{
    private const int Full = 13;
    private const int WriteFailed = 778;
    private const int SyncFailed = 1034;

    private static readonly ConcurrentDictionary<string, FaultyDisk> Disks = new();
    private static readonly ConcurrentDictionary<nint, (FaultyDisk Disk, nint Original)> Files = new();
    private static delegate* unmanaged[Cdecl]<Vfs*, byte*, nint*, int, int*, int> open;

    private readonly string directory;
    private readonly ConcurrentDictionary<nint, bool> failed = new();
    private int syncsAfterFailure;
    private int syncsFailed;

    static FaultyDisk()
    {
        var unix = Find(null);
        open = unix->Open;
        var copy = (Vfs*)NativeMemory.Alloc((nuint)sizeof(Vfs));
        *copy = *unix;
        copy->Next = null;
        copy->Name = (byte*)Marshal.StringToCoTaskMemUTF8("faulty");
        copy->Open = &OnOpen;
        if (Register(copy, 1) != 0)
            throw new InvalidOperationException("SQLite refuses the faulty disk.");
    }

    public FaultyDisk(string directory)
    {
        this.directory = Directory.CreateDirectory(directory).FullName;
        Disks[this.directory] = this;
    }

    /// <summary>In bytes.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Syncs fail, and so does what waits for them.</summary>
    public bool FailSyncs { get; set; }

    public bool FailWrites { get; set; }

    /// <summary>Told of each write that is refused, on the writer's thread.</summary>
    public Action? Refused { get; set; }

    public int SyncsFailed => syncsFailed;

    /// <summary>Syncs that were tried on a file handle for which one had failed before.</summary>
    public int SyncsAfterFailure => syncsAfterFailure;

    public long Free => Math.Max(0, Capacity - Used);

    private long Used => new DirectoryInfo(directory).EnumerateFiles().Where(file => !file.Name.EndsWith("-shm", StringComparison.Ordinal)).Sum(Length);

    public void Dispose() => Disks.TryRemove(directory, out _);

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnOpen(Vfs* vfs, byte* name, nint* file, int flags, int* outFlags)
    {
        var result = open(vfs, name, file, flags, outFlags);
        var path = Marshal.PtrToStringUTF8((nint)name);
        if (result != 0 || *file == 0 || path is null || !Disks.TryGetValue(Path.GetDirectoryName(path) ?? "", out var disk))
            return result;
        var methods = (Methods*)NativeMemory.Alloc((nuint)sizeof(Methods));
        *methods = *(Methods*)*file;
        methods->Write = &OnWrite;
        methods->Sync = &OnSync;
        methods->Close = &OnClose;
        Files[(nint)file] = (disk, *file);
        *file = (nint)methods;
        return result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnWrite(nint* file, void* bytes, int count, long at)
    {
        var (disk, original) = Files[(nint)file];
        long size;
        ((Methods*)original)->FileSize(file, &size);
        var isFull = at + count > size && at + count - size > disk.Free;
        if (!disk.FailWrites && !isFull)
            return ((Methods*)original)->Write(file, bytes, count, at);
        disk.Refused?.Invoke();
        return disk.FailWrites ? WriteFailed : Full;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnSync(nint* file, int flags)
    {
        var (disk, original) = Files[(nint)file];
        if (disk.failed.ContainsKey((nint)file))
            Interlocked.Increment(ref disk.syncsAfterFailure);
        if (!disk.FailSyncs)
            return ((Methods*)original)->Sync(file, flags);
        disk.failed[(nint)file] = true;
        Interlocked.Increment(ref disk.syncsFailed);
        return SyncFailed;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnClose(nint* file)
    {
        Files.TryRemove((nint)file, out var opened);
        opened.Disk.failed.TryRemove((nint)file, out _);
        NativeMemory.Free((void*)*file);
        *file = opened.Original;
        return ((Methods*)opened.Original)->Close(file);
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_find")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial Vfs* Find(byte* name);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_vfs_register")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int Register(Vfs* vfs, int makeDefault);

    /// <summary>The fields of SQLite's <c>sqlite3_vfs</c>; those after the first method are only copied.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vfs
    {
        public int Version;
        public int FileSize;
        public int LongestPath;
        public Vfs* Next;
        public byte* Name;
        public void* Data;
        public delegate* unmanaged[Cdecl]<Vfs*, byte*, nint*, int, int*, int> Open;
        public fixed long Others[15];
    }

    /// <summary>The fields of SQLite's <c>sqlite3_io_methods</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Methods
    {
        public int Version;
        public delegate* unmanaged[Cdecl]<nint*, int> Close;
        public nint Read;
        public delegate* unmanaged[Cdecl]<nint*, void*, int, long, int> Write;
        public nint Truncate;
        public delegate* unmanaged[Cdecl]<nint*, int, int> Sync;
        public delegate* unmanaged[Cdecl]<nint*, long*, int> FileSize;
        public fixed long Others[12];
    }
}
