using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Simulator.Recording;

/// <summary>
/// Writes one process's part of the plant's record: what it produced, and what was done to it. A frame is with the system before the call
/// returns, so that a killed process leaves a whole record, and on the disk within <see cref="SyncPace"/>. From any thread.
/// </summary>
internal sealed class PlantRecorder : IAsyncDisposable
{
    /// <summary>Files of one writer; the oldest go when there would be more.</summary>
    public const int Files = 16;

    public const long DefaultMaximumBytes = 256L * 1024 * 1024;

    private static readonly TimeSpan SyncPace = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly string directory;
    private readonly string writer;
    private readonly long largestFile;
    private readonly DateTime life;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private readonly List<(string Name, long Next)> tags = [];
    private readonly Dictionary<long, (FaultKind Kind, string Target, DateTimeOffset From)> lasting = [];
    private readonly UaBinaryWriter encoder = new();
    private readonly MemoryStream frame = new();
    private readonly BinaryWriter body;
    private readonly Task syncing;
    private SafeFileHandle file;
    private long length;
    private int number;
    private long lastTime;
    private long lastFault;
    private bool hasValues;

    /// <param name="directory">The record's; made when absent.</param>
    /// <param name="writer">Who writes: a server, or whoever injects faults. One process at a time.</param>
    /// <param name="time">For the time at which this life began, and the pace of syncing.</param>
    /// <param name="maximumBytes">Of all this writer's files, those of earlier lives included.</param>
    public PlantRecorder(string directory, string writer, TimeProvider time, long maximumBytes = DefaultMaximumBytes)
    {
        (this.directory, this.writer, this.time, largestFile) = (Directory.CreateDirectory(directory).FullName, writer, time, maximumBytes / Files);
        life = time.GetUtcNow().UtcDateTime;
        body = new BinaryWriter(frame);
        file = Open();
        syncing = SyncAsync();
    }

    /// <summary>Says that values of a tag will follow.</summary>
    /// <returns>The number to call it by.</returns>
    public int Define(string tag)
    {
        lock (gate)
        {
            tags.Add((tag, 0));
            WriteTag(tags.Count - 1);
            return tags.Count - 1;
        }
    }

    /// <summary>Adds a value to the scan that <see cref="Commit"/> ends.</summary>
    public void Add(int tag, in DataValue value)
    {
        lock (gate)
        {
            if (!hasValues)
                Begin(RecordFrame.Values);
            hasValues = true;
            body.Write7BitEncodedInt(tag);
            WriteTime(value.SourceTimestamp.Ticks);
            body.Write7BitEncodedInt64(value.Status.Value);
            encoder.Reset();
            encoder.WriteVariant(value.Value);
            body.Write7BitEncodedInt(encoder.WrittenSpan.Length);
            body.Write(encoder.WrittenSpan);
            tags[tag] = tags[tag] with { Next = tags[tag].Next + 1 };
        }
    }

    /// <summary>Has the values that were added written. Only then may clients see them.</summary>
    public void Commit()
    {
        lock (gate)
        {
            if (!hasValues)
                return;
            hasValues = false;
            End();
        }
    }

    /// <summary>Puts a fault down that begins.</summary>
    /// <returns>What to call it by when it ends.</returns>
    public long Begin(FaultKind kind, string target, DateTimeOffset from)
    {
        lock (gate)
        {
            lasting[++lastFault] = (kind, target, from);
            WriteFault(lastFault, null);
            return lastFault;
        }
    }

    /// <summary>Puts the end of a fault down.</summary>
    public void End(long fault, DateTimeOffset to)
    {
        lock (gate)
        {
            WriteFault(fault, to);
            lasting.Remove(fault);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await syncing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Commit();
        lock (gate)
        {
            RandomAccess.FlushToDisk(file);
            file.Dispose();
        }

        stopping.Dispose();
        encoder.Dispose();
        await body.DisposeAsync();
    }

    private SafeFileHandle Open()
    {
        DeleteOldest();
        var name = string.Create(CultureInfo.InvariantCulture, $"{writer}-{life:yyyyMMdd'T'HHmmss'.'fffffff}-{number:000000}{RecordFormat.Ending}");
        file = File.OpenHandle(Path.Combine(directory, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete);
        (length, lastTime) = (0, 0);
        Begin(RecordFrame.Head);
        body.Write(RecordFormat.Name);
        body.Write(writer);
        body.Write(life.Ticks);
        body.Write7BitEncodedInt(number++);
        Write();
        for (var tag = 0; tag < tags.Count; tag++)
            WriteTag(tag);
        foreach (var fault in lasting.Keys)
            WriteFault(fault, null);
        return file;
    }

    private void DeleteOldest()
    {
        var own = Directory.GetFiles(directory, writer + "-*" + RecordFormat.Ending).Where(IsOwn).Order(StringComparer.Ordinal).ToList();
        foreach (var oldest in own.Take(Math.Max(0, own.Count - Files + 1)))
            File.Delete(oldest);
    }

    /// <summary>Another writer's name may begin as this one's does.</summary>
    private bool IsOwn(string path) =>
        Path.GetFileNameWithoutExtension(path).AsSpan(writer.Length + 1).Count('-') == 1;

    private void WriteTag(int tag)
    {
        Begin(RecordFrame.Tag);
        body.Write(tags[tag].Name);
        body.Write7BitEncodedInt64(tags[tag].Next);
        Write();
    }

    private void WriteFault(long id, DateTimeOffset? to)
    {
        var (kind, target, from) = lasting[id];
        Begin(RecordFrame.Fault);
        body.Write7BitEncodedInt64(id);
        body.Write((byte)kind);
        body.Write(target);
        body.Write(from.UtcTicks);
        body.Write(to?.UtcTicks ?? 0);
        End();
    }

    private void WriteTime(long ticks)
    {
        body.Write7BitEncodedInt64(RecordFormat.Fold(ticks - lastTime));
        lastTime = ticks;
    }

    private void Begin(RecordFrame kind)
    {
        // Values that wait belong to a frame of their own.
        if (hasValues)
        {
            hasValues = false;
            End();
        }

        frame.SetLength(0);
        frame.Write(stackalloc byte[RecordFormat.HeadLength]);
        body.Write((byte)kind);
    }

    private void End()
    {
        Write();
        if (length < largestFile)
            return;
        RandomAccess.FlushToDisk(file);
        file.Dispose();
        file = Open();
    }

    private void Write()
    {
        var bytes = frame.GetBuffer().AsSpan(0, (int)frame.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length - RecordFormat.HeadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], RecordFormat.Checksum(bytes[RecordFormat.HeadLength..]));
        RandomAccess.Write(file, bytes, length);
        length += bytes.Length;
    }

    private async Task SyncAsync()
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(SyncPace, time);
        while (await timer.WaitForNextTickAsync(stopping.Token))
        {
            SafeFileHandle current;
            lock (gate)
                current = file;
            try
            {
                RandomAccess.FlushToDisk(current);
            }
            catch (ObjectDisposedException)
            {
                // It was full meanwhile, and synced when it was closed.
            }
        }
    }
}
