using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;

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
    private readonly Dictionary<string, long> released = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HoldReply> last = new(StringComparer.Ordinal);
    private readonly string gateway;
    private readonly Func<HoldReply, CancellationToken, Task> reply;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Task loop;
    private volatile ImmutableDictionary<string, ILineEquipment> lines;

    /// <param name="lines">The server's lines by name.</param>
    /// <param name="gateway">This gateway's name.</param>
    /// <param name="reply">Takes each answer.</param>
    /// <param name="time">For deadlines.</param>
    /// <param name="log">Hears of each answer.</param>
    public HoldLane(ImmutableDictionary<string, ILineEquipment> lines, string gateway, Func<HoldReply, CancellationToken, Task> reply, TimeProvider time, ILogger log)
    {
        (this.lines, this.gateway, this.reply, this.time, this.log) = (lines, gateway, reply, time, log);
        loop = RunAsync(stop.Token);
    }

    /// <summary>Ends when it is disposed; sooner only by a bug, whose exception it carries.</summary>
    public Task Completion => loop;

    /// <summary>From the next request on, the lines are as this plant has them; which tokens were released stays known.</summary>
    public void Revise(ImmutableDictionary<string, ILineEquipment> now) => lines = now;

    /// <summary>False when too many wait: it is dropped, which holds nothing.</summary>
    public bool TryTake(HoldRequest request) => waiting.Writer.TryWrite((request, time.GetTimestamp()));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        stop.Dispose();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            while (await waiting.Reader.WaitToReadAsync(cancel))
                while (waiting.Reader.TryRead(out var waited))
                    if (time.GetElapsedTime(waited.Received) <= LongestWait)
                        await reply(await AnswerAsync(waited.Request, cancel), cancel);
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
        var equipment = lines.GetValueOrDefault(request.Line);
        var answer = await AskAsync(request, equipment, cancel);
        bool? idle = null;
        DateTimeOffset? readAt = null;
        var reason = answer.Reason;
        if (answer.Granted && request.Action == HoldAction.Hold)
        {
            readAt = time.GetUtcNow();
            var refusal = await ReadAsync(equipment!, cancel);
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

    private async Task<HoldAnswer> AskAsync(HoldRequest request, ILineEquipment? equipment, CancellationToken cancel)
    {
        // A request to hold that overtook nothing but arrives after its own release must not hold the line for nobody.
        if (request.Action == HoldAction.Hold && released.TryGetValue(request.Line, out var highest) && request.Token <= highest)
            return HoldAnswer.Refused($"token {request.Token} has been released");
        if (request.Action == HoldAction.Release)
            released[request.Line] = Math.Max(released.GetValueOrDefault(request.Line), request.Token);
        if (equipment is null)
            return HoldAnswer.Silent("the plant file no longer says how to hold it");
        if (!equipment.IsConnected)
            return HoldAnswer.Silent("its server is not connected");
        using var patience = new CancellationTokenSource(Patience, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await equipment.AskAsync(request, deadline.Token);
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

    private async Task<string?> ReadAsync(ILineEquipment equipment, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await equipment.RefusalAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"the line could not be read within {Durations.Format(Patience)}";
        }
    }
}
