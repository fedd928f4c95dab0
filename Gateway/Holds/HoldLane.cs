using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Holds;

/// <summary>The requests for the lines of one server, one after the other, so that a server that does not answer holds up nobody but itself.</summary>
internal sealed class HoldLane : IAsyncDisposable
{
    /// <summary>How long a controller may take to answer, and again for reading the line afterwards.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>A request that waited longer is not passed on: whoever sent it has given up.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    private const int Capacity = 32;
    private const int LongestReason = 500;

    private readonly Channel<(HoldRequest Request, long Received)> waiting = Channel.CreateBounded<(HoldRequest, long)>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly CancellationTokenSource stop = new();
    private readonly UaClient client;
    private readonly Dictionary<string, long> released = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HoldReply> last = new(StringComparer.Ordinal);
    private readonly string gateway;
    private readonly Func<HoldReply, CancellationToken, Task> reply;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Task loop;
    private volatile ImmutableDictionary<string, (Line Line, LineReader Reader)> lines;

    /// <param name="server">The server whose lines these are.</param>
    /// <param name="plant">The plant.</param>
    /// <param name="clients">Every server of this gateway: a line's conditions may look at more than the one that holds it.</param>
    /// <param name="gateway">This gateway's name.</param>
    /// <param name="reply">Takes each answer.</param>
    /// <param name="time">For deadlines.</param>
    /// <param name="log">Hears of each answer.</param>
    public HoldLane(
        string server, PlantModel plant, IReadOnlyDictionary<string, UaClient> clients, string gateway, Func<HoldReply, CancellationToken, Task> reply, TimeProvider time, ILogger log)
    {
        (client, this.gateway, this.reply, this.time, this.log) = (clients[server], gateway, reply, time, log);
        lines = LinesOf(server, plant, clients);
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>From the next request on, the lines are as this plant has them; which tokens were released stays known.</summary>
    public void Revise(string server, PlantModel plant, IReadOnlyDictionary<string, UaClient> clients) => lines = LinesOf(server, plant, clients);

    /// <summary>False when too many wait: it is dropped, which holds nothing.</summary>
    public bool TryTake(HoldRequest request) => waiting.Writer.TryWrite((request, time.GetTimestamp()));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stop.Dispose();
    }

    private static ImmutableDictionary<string, (Line Line, LineReader Reader)> LinesOf(string server, PlantModel plant, IReadOnlyDictionary<string, UaClient> clients) =>
        plant.Lines.Where(line => line.HoldNodes?.Server == server)
            .ToImmutableDictionary(line => line.Name, line => (line, new LineReader(line, plant, clients)), StringComparer.Ordinal);

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            await foreach (var (request, received) in waiting.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
                if (time.GetElapsedTime(received) <= LongestWait)
                    await reply(await AnswerAsync(request, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Closing.
        }
    }

    private async Task<HoldReply> AnswerAsync(HoldRequest request, CancellationToken cancel)
    {
        // The broker may deliver a request twice: the answer is the one that it had.
        if (last.TryGetValue(request.Line, out var known) && known.Request == request.Request)
            return known;
        // The plant may change while the controller is asked: one answer is about one plant.
        var place = lines.TryGetValue(request.Line, out var there) ? there : default;
        var answer = await AskAsync(request, place.Line, cancel).ConfigureAwait(false);
        bool? idle = null;
        DateTimeOffset? readAt = null;
        var reason = answer.Reason;
        if (answer.Granted && request.Action == HoldAction.Hold)
        {
            readAt = time.GetUtcNow();
            var refusal = await ReadAsync(place.Reader, cancel).ConfigureAwait(false);
            idle = refusal is null;
            reason = refusal ?? reason;
        }

        var reply = new HoldReply
        {
            Run = request.Run,
            Line = request.Line,
            Gateway = gateway,
            Action = request.Action,
            Token = request.Token,
            Request = request.Request,
            Granted = answer.Granted,
            Answered = answer.Answered,
            Epoch = answer.Epoch,
            Reason = Printable.Line(reason.Length > LongestReason ? reason[..LongestReason] : reason),
            IdleAfterHold = idle,
            ReadAt = readAt,
        };
        if (reply.Answered)
            HoldLog.Answered(log, reply.Action, reply.Line, reply.Token, Printable.Line(reply.Run), reply.Granted,
                idle switch { true => "idle after it", false => "not idle after it", null => "the line was not read" }, reply.Reason);
        else
            HoldLog.NotAnswered(log, reply.Action, reply.Line, reply.Token, Printable.Line(reply.Run), reply.Reason);
        last[request.Line] = reply;
        return reply;
    }

    private async Task<HoldAnswer> AskAsync(HoldRequest request, Line? line, CancellationToken cancel)
    {
        // A request to hold that overtook nothing but arrives after its own release must not hold the line for nobody.
        if (request.Action == HoldAction.Hold && released.TryGetValue(request.Line, out var highest) && request.Token <= highest)
            return HoldAnswer.Refused($"token {request.Token} has been released");
        if (request.Action == HoldAction.Release)
            released[request.Line] = Math.Max(released.GetValueOrDefault(request.Line), request.Token);
        if (line is null)
            return HoldAnswer.Silent("the plant file no longer says how to hold it");
        if (client.State != UaClientState.Connected)
            return HoldAnswer.Silent("its server is not connected");
        using var patience = new CancellationTokenSource(Patience, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return line.Hold == HoldMode.Tags
                ? await new HoldByTags(client, line.HoldNodes!, time).AskAsync(request, deadline.Token).ConfigureAwait(false)
                : await HoldByMethod.AskAsync(client, line.HoldNodes!, request, deadline.Token).ConfigureAwait(false);
        }
        catch (UaException exception)
        {
            return HoldAnswer.Silent(exception.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return HoldAnswer.Silent($"no answer within {Durations.Format(Patience)}");
        }
    }

    private async Task<string?> ReadAsync(LineReader reader, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await reader.RefusalAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"the line could not be read within {Durations.Format(Patience)}";
        }
    }
}
