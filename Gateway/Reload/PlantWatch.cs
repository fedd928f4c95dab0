using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PatchEdge.Plant.Files;

namespace PatchEdge.Gateway.Reload;

/// <summary>
/// Notices that the plant file or its table of tags changed, and has it taken over when it is whole and valid. What it cannot be is said once;
/// the plant in force stays in force.
/// </summary>
/// <remarks>
/// The file system's own notifications and SIGHUP are hints that save waiting. What counts is the content, looked at each <see cref="Pace"/> where time or
/// size changed and each <see cref="LongestTrust"/> in any case; it must be the same at two looks, so that a file half written is not read.
/// </remarks>
internal sealed class PlantWatch : IAsyncDisposable
{
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan LongestTrust = TimeSpan.FromSeconds(30);

    /// <summary>Between two looks at a file that is being written.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(500);

    private readonly Channel<bool> hints = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource stop = new();
    private readonly PlantFiles files;
    private readonly string plantFile;
    private readonly Func<PlantDocument, CancellationToken, Task<string?>> apply;
    private readonly Func<string?, CancellationToken, Task> tell;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly FileSystemWatcher? watcher;
    private readonly PosixSignalRegistration? signal;
    private readonly Task loop;
    private string inForce;

    /// <param name="plantFile">The plant file.</param>
    /// <param name="tablePath">Its table of tags; null when it names none.</param>
    /// <param name="hash">Hash of the plant in force.</param>
    /// <param name="apply">Takes a valid plant over; returns why it cannot, null when it has.</param>
    /// <param name="tell">Hears why the file on disk is not in force; null when it is.</param>
    /// <param name="time">For pace.</param>
    /// <param name="log">Hears of changes.</param>
    public PlantWatch(
        string plantFile, string? tablePath, string hash, Func<PlantDocument, CancellationToken, Task<string?>> apply, Func<string?, CancellationToken, Task> tell, TimeProvider time, ILogger log)
    {
        (this.plantFile, this.apply, this.tell, this.time, this.log, inForce) = (plantFile, apply, tell, time, log, hash);
        files = new PlantFiles(plantFile);
        files.Follow(tablePath);
        watcher = Watcher(Path.GetDirectoryName(Path.GetFullPath(plantFile))!);
        signal = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Hint();
        });
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>Something may have changed: look now.</summary>
    public void Hint() => hints.Writer.TryWrite(true);

    public async ValueTask DisposeAsync()
    {
        watcher?.Dispose();
        signal?.Dispose();
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stop.Dispose();
    }

    /// <summary>Not every file system can notify, and a system has a bound on watches: then looking must do.</summary>
    private FileSystemWatcher? Watcher(string directory)
    {
        try
        {
            var created = new FileSystemWatcher(directory) { NotifyFilter = NotifyFilters.LastWrite | NotifyFilters.FileName | NotifyFilters.Size };
            created.Changed += (_, _) => Hint();
            created.Created += (_, _) => Hint();
            created.Renamed += (_, _) => Hint();
            created.EnableRaisingEvents = true;
            return created;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return null;
        }
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        // The files may have changed since they were read for the start: the first look reads them again, whatever they are.
        var (judged, stamp, looked) = ("", "", time.GetTimestamp());
        try
        {
            while (true)
            {
                if (judged.Length == 0 || files.Stamp() != stamp || time.GetElapsedTime(looked) >= LongestTrust)
                {
                    (stamp, looked) = (files.Stamp(), time.GetTimestamp());
                    var seen = files.Fingerprint();
                    if (seen != judged && await IsWholeAsync(seen, cancel).ConfigureAwait(false))
                    {
                        await JudgeAsync(cancel).ConfigureAwait(false);
                        // What was named may be another table now: its bytes belong to what was judged.
                        judged = files.Fingerprint();
                        stamp = files.Stamp();
                    }
                    else if (seen != judged)
                    {
                        stamp = "";
                    }
                }

                await WaitAsync(cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task<bool> IsWholeAsync(string seen, CancellationToken cancel)
    {
        await Task.Delay(Settling, time, cancel).ConfigureAwait(false);
        return files.Fingerprint() == seen;
    }

    private async Task JudgeAsync(CancellationToken cancel)
    {
        try
        {
            var document = PlantDocument.Open(plantFile);
            files.Follow(document.TablePath);
            if (document.Model.Hash == inForce)
            {
                await tell(null, cancel).ConfigureAwait(false);
                return;
            }

            if (await apply(document, cancel).ConfigureAwait(false) is { } obstacle)
            {
                ReloadLog.Obstacle(log, plantFile, obstacle);
                await tell($"{plantFile} can only be taken over by a restart: {obstacle}", cancel).ConfigureAwait(false);
                return;
            }

            inForce = document.Model.Hash;
            await tell(null, cancel).ConfigureAwait(false);
        }
        catch (ConfigurationException exception)
        {
            foreach (var error in exception.Errors)
                ReloadLog.Refused(log, error.ToString());
            ReloadLog.Kept(log, plantFile, exception.Errors.Count);
            await tell($"{exception.Errors[0]}{(exception.Errors.Count > 1 ? $" (and {exception.Errors.Count - 1} more)" : "")}", cancel).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), patience, Pace, Timeout.InfiniteTimeSpan);
        try
        {
            await hints.Reader.ReadAsync(patience.Token).ConfigureAwait(false);
            // However many hints come, looks keep a distance.
            await Task.Delay(Settling, time, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // No hint: look anyway.
        }
    }
}
