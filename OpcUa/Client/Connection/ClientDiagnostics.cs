namespace PatchEdge.OpcUa.Client;

/// <summary>Where every part of a client counts and reports. Thread-safe; a handler that throws harms nobody but itself.</summary>
internal sealed class ClientDiagnostics(TimeProvider time)
{
    private long notifications;
    private long messages;
    private long keepAlives;
    private long sequenceGaps;
    private long republished;
    private long messagesLost;
    private long responsesDropped;
    private long reconnects;
    private long overflows;
    private long malformedValues;

    public event Action<UaClientEvent>? Raised;

    public TimeProvider Time => time;

    public ClientCounters Counters => new()
    {
        Notifications = Interlocked.Read(ref notifications),
        Messages = Interlocked.Read(ref messages),
        KeepAlives = Interlocked.Read(ref keepAlives),
        SequenceGaps = Interlocked.Read(ref sequenceGaps),
        Republished = Interlocked.Read(ref republished),
        MessagesLost = Interlocked.Read(ref messagesLost),
        ResponsesDropped = Interlocked.Read(ref responsesDropped),
        Reconnects = Interlocked.Read(ref reconnects),
        Overflows = Interlocked.Read(ref overflows),
        MalformedValues = Interlocked.Read(ref malformedValues),
    };

    public void CountMessage(int values, int overflowed)
    {
        Interlocked.Increment(ref messages);
        Interlocked.Add(ref notifications, values);
        if (overflowed > 0)
            Interlocked.Add(ref overflows, overflowed);
    }

    public void CountKeepAlive() => Interlocked.Increment(ref keepAlives);
    public void CountSequenceGap() => Interlocked.Increment(ref sequenceGaps);
    public void CountRepublished() => Interlocked.Increment(ref republished);
    public void CountLost(long lost) => Interlocked.Add(ref messagesLost, lost);
    public void CountMalformed(long values)
    {
        if (values > 0)
            Interlocked.Add(ref malformedValues, values);
    }

    public void CountReconnect() => Interlocked.Increment(ref reconnects);

    public void Dropped(string what, Types.StatusCode status)
    {
        Interlocked.Increment(ref responsesDropped);
        Raise(at => new UaClientEvent.ResponseDropped(at, what, status));
    }

    public void Raise(Func<DateTimeOffset, UaClientEvent> make)
    {
        if (Raised is not { } handlers)
            return;
        var raised = make(time.GetUtcNow());
        foreach (var handler in handlers.GetInvocationList().Cast<Action<UaClientEvent>>())
        {
            try
            {
                handler(raised);
            }
#pragma warning disable CA1031 // Whatever a handler throws is its own bug; the connection outlives it.
            catch (Exception failure) when (raised is not UaClientEvent.HandlerFailed)
            {
                Raise(at => new UaClientEvent.HandlerFailed(at, $"{nameof(UaClient)}.{nameof(UaClient.Diagnostics)}", failure));
            }
            catch (Exception)
            {
                // The handler cannot even take the report of its failure.
            }
#pragma warning restore CA1031
        }
    }
}
