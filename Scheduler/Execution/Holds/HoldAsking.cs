using PatchEdge.Plant.Messages;

namespace PatchEdge.Scheduler.Execution.Holds;

/// <summary>What was sent to a gateway about one line of one run, so that only an answer to it counts. Lost at a restart: what is still wanted is asked anew.</summary>
internal sealed class HoldAsking(HoldAction action, long token, TimeProvider time)
{
    private const int Remembered = 8;

    private readonly Queue<string> requests = new();

    public HoldAction Action => action;

    public long Token => token;

    /// <summary>How often it was sent.</summary>
    public int Sent { get; private set; }

    /// <summary>Since it was last sent.</summary>
    public Stopwatch Last { get; } = new(time);

    /// <summary>A new id for one sending.</summary>
    public string NewRequest()
    {
        var request = Guid.NewGuid().ToString("N");
        requests.Enqueue(request);
        if (requests.Count > Remembered)
            requests.Dequeue();
        Sent++;
        Last.Restart();
        return request;
    }

    public bool IsAnsweredBy(HoldReply reply) => reply.Action == action && reply.Token == token && requests.Contains(reply.Request);
}
