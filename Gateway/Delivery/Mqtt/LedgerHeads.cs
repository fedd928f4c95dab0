using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PatchEdge.Gateway.Journal;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Delivery.Mqtt;

/// <summary>
/// Keeps heads of the scheduler's ledger where the scheduler cannot reach them: in the journal, from where they go to the historian, and in a file of their
/// own. Gives the one of most entries back, so that a scheduler whose database is an older copy, or another one, hears of it.
/// </summary>
/// <remarks>It holds no key, and judges nothing: the scheduler and auditors do. What it keeps is bounded.</remarks>
internal sealed class LedgerHeads : IAsyncDisposable
{
    public const string FileName = "ledger-heads.txt";

    private const int Longest = 4_096;
    private const int MostLines = 20_000;
    private const int KeptLines = 10_000;
    private static readonly TimeSpan RetainedFor = TimeSpan.FromDays(3_650);

    private readonly Channel<string> waiting = Channel.CreateBounded<string>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly CancellationTokenSource stop = new();
    private readonly string file;
    private readonly string site;
    private readonly string gateway;
    private readonly JournalWriter journal;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Task loop;
    private volatile MqttLink? link;
    private string newest = "";
    private long most;
    private string last = "";
    private int lines;

    public LedgerHeads(string directory, string site, string gateway, JournalWriter journal, TimeProvider time, ILogger log)
    {
        (file, this.site, this.gateway, this.journal, this.time, this.log) = (Path.Combine(directory, FileName), site, gateway, journal, time, log);
        if (File.Exists(file))
            foreach (var line in File.ReadLines(file).Take(MostLines * 2))
            {
                lines++;
                Know(line);
            }

        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>Takes what was heard on <see cref="Topics.LedgerHead"/>.</summary>
    public void Take(ReadOnlySequence<byte> payload, bool retained)
    {
        if (payload.Length is > 0 and <= Longest)
            waiting.Writer.TryWrite(Encoding.ASCII.GetString(payload));
    }

    /// <summary>Gives back over this link from now on, at each connection and whenever there is a newer head.</summary>
    public void GiveBackOver(MqttLink connection)
    {
        link = connection;
        // An empty line has no head in it; it only wakes the loop.
        connection.Connected += () => waiting.Writer.TryWrite("");
    }

    /// <summary>What a head says, whoever signed it; null when it is none of this site.</summary>
    internal static LedgerHead? Read(string token, string site)
    {
        try
        {
            return token.Split('.') is [_, var body, _] && JsonSerializer.Deserialize(Base64Url.DecodeFromChars(body), MessageJson.Default.LedgerHead) is { Size: > 0, Root.Length: 64 } head
                && head.Site == site ? head : null;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            await foreach (var token in waiting.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                if (token.Length > 0 && token != last && Read(token, site) is { } head)
                    await KeepAsync(token, head, cancel).ConfigureAwait(false);
                if (newest.Length > 0 && link is { } connection)
                    await connection.PublishAsync(Topics.LedgerHeadSeen(site, gateway), Encoding.ASCII.GetBytes(newest), retain: true, RetainedFor, cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task KeepAsync(string token, LedgerHead head, CancellationToken cancel)
    {
        if (head.Size < most)
            DeliveryLog.LedgerShorter(log, head.Size, most);
        last = token;
        Know(token);
        try
        {
            Append(token);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            DeliveryLog.LedgerHeadNotKept(log, file, exception.Message);
        }

        try
        {
            await journal.WriteAsync(new LedgerHeadWork(Continuity.Moment.Of(time.GetUtcNow()), token), cancel).ConfigureAwait(false);
        }
        catch (JournalException exception)
        {
            DeliveryLog.LedgerHeadNotKept(log, "the journal", exception.Message);
        }
    }

    private void Know(string token)
    {
        if (Read(token, site) is { } head && head.Size >= most)
            (most, newest) = (head.Size, token);
    }

    /// <summary>The newest lines say all that older ones do, since each head covers everything before it; the one of most entries always stays.</summary>
    private void Append(string token)
    {
        if (lines >= MostLines)
        {
            var kept = File.ReadLines(file).TakeLast(KeptLines).ToList();
            if (!kept.Contains(newest))
                kept.Insert(0, newest);
            var temporary = file + ".new";
            using (var whole = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                whole.Write(Encoding.ASCII.GetBytes(string.Join('\n', kept) + "\n"));
                whole.Flush(flushToDisk: true);
            }

            DurableRename.Over(temporary, file);
            lines = kept.Count;
        }

        using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(Encoding.ASCII.GetBytes(token + "\n"));
        stream.Flush(flushToDisk: true);
        lines++;
    }
}
