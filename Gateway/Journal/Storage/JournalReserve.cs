namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>
/// Room on the disk that is taken before it is needed: a file of real blocks, let go when the disk is full, so that gaps, attestations and
/// cursors still find a place when nothing else does. Used by the journal's loop alone.
/// </summary>
internal sealed class JournalReserve
{
    private readonly string path;
    private readonly Func<string, long> freeBytes;

    /// <param name="options">Where, how much, and who knows how much is free.</param>
    public JournalReserve(JournalOptions options)
    {
        (Directory, Bytes, freeBytes) = (options.Directory, options.ReserveBytes, options.FreeBytes);
        path = Path.Combine(Directory, "journal.reserve");
        Held = Bytes == 0 || (File.Exists(path) && new FileInfo(path).Length == Bytes);
    }

    public string Directory { get; }

    public long Bytes { get; }

    /// <summary>The room is ours. False while it is given to what must be written.</summary>
    public bool Held { get; private set; }

    /// <summary>Bytes that anyone may still use on this disk; <see cref="long.MaxValue"/> where the system does not say.</summary>
    public long Free
    {
        get
        {
            try
            {
                return freeBytes(Directory);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return long.MaxValue;
            }
        }
    }

    /// <summary>Takes the room, if the disk has it and a quarter of it more: otherwise a disk at its limit would take and give it in turns.</summary>
    public bool TryTake()
    {
        if (Held)
            return true;
        var before = Free;
        if (before < Bytes + (Bytes / 4))
            return false;
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None, Bytes);
            RandomAccess.SetLength(file, Bytes);
            if (before - Free < Bytes / 2)
                Fill(file);
            Held = true;
        }
        catch (IOException)
        {
            Delete();
        }

        return Held;
    }

    /// <summary>Gives the room back to the disk; false when it had been given already.</summary>
    public bool Release()
    {
        if (!Held || Bytes == 0)
            return false;
        Held = false;
        Delete();
        return true;
    }

    /// <summary>Some file systems promise blocks that they do not set aside: those that are written are had. Noise, because some compress.</summary>
    private void Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        var noise = new byte[Math.Min(Bytes, 1024 * 1024)];
        new Random(1).NextBytes(noise);
        for (var at = 0L; at < Bytes; at += noise.Length)
            RandomAccess.Write(file, noise.AsSpan(0, (int)Math.Min(noise.Length, Bytes - at)), at);
    }

    private void Delete()
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // It is given up; the next attempt to take it begins anew.
        }
    }
}
