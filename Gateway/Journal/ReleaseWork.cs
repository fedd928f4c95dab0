using System.Text.Json;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal.Storage;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Journal;

/// <summary>A controller's answer to a hold, for the record; it may use the reserve.</summary>
internal sealed class ReleaseWork(ReleaseRecord record) : JournalWork
{
    public static ReleaseWork Of(HoldReply reply, DateTimeOffset now)
    {
        var (done, asked) = reply.Action == HoldAction.Hold ? ("Held", "Hold") : ("Released", "Release");
        var state = reply.Granted ? done : reply.Answered ? asked + " refused" : asked + " not answered";
        return new ReleaseWork(new ReleaseRecord(now, reply.Line, reply.Run, reply.Token, state, reply.Reason));
    }

    public override void Write(JournalStore store) =>
        store.Append(JournalKind.Release, Moment.Of(record.At), 1, JsonSerializer.SerializeToUtf8Bytes(record, JournalJson.Default.ReleaseRecord));
}
