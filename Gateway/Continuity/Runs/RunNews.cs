using System.Collections.Concurrent;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Continuity.Runs;

/// <summary>Carries what controllers answered to holds from the holds' loops to the stage's. Never blocks: holding a line must not wait for the record.</summary>
internal sealed class RunNews(TimeProvider time)
{
    private const int Most = 1024;

    private readonly ConcurrentQueue<RunNotice> waiting = new();

    /// <summary>Takes an answer in; one that changes nothing is passed over.</summary>
    public void Tell(HoldReply reply)
    {
        if (!reply.Answered || (reply.Action == HoldAction.Hold && !reply.Granted))
            return;
        waiting.Enqueue(new RunNotice(reply.Run, reply.Line, reply.Action == HoldAction.Hold, Moment.Of(time.GetUtcNow())));
        while (waiting.Count > Most)
            waiting.TryDequeue(out _);
    }

    public bool TryTake(out RunNotice notice) => waiting.TryDequeue(out notice);
}

/// <param name="Run">Id of the run.</param>
/// <param name="Line">The line.</param>
/// <param name="Holds">It begins to hold the line; false: it is done with it.</param>
/// <param name="At">When the controller had answered.</param>
internal readonly record struct RunNotice(string Run, string Line, bool Holds, Moment At);
