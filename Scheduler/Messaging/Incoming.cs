using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;

namespace PatchEdge.Scheduler.Messaging;

/// <summary>Turns what the broker delivers into evidence and inputs. Whatever does not fit its topic, is too large or is retained where it must not be, is dropped and counted.</summary>
internal sealed partial class Incoming(PlantModel plant, EvidenceBoard evidence, ContinuityIntake continuity, RunnerInbox inbox, StopSwitch stopSwitch, ILogger<Incoming> log)
{
    private const int LongestText = 200;
    private const int LongestHead = 4_096;
    private const int LongestReason = 1_000;
    private long dropped;

    /// <summary>Messages dropped since the start.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>What the scheduler listens to.</summary>
    public static string[] Filters(string site) =>
    [
        Topics.LineReport(site, "+", "+"), Topics.GatewayStatus(site, "+"), Topics.AgentStatus(site, "+"),
        Topics.PermitRequest(site, "+"), Topics.GoAheadRequest(site, "+"), Topics.Progress(site, "+"), Topics.EmergencyStop(site), Topics.HoldReply(site, "+"), Topics.LedgerHeadSeen(site, "+"), Topics.CoverageDigest(site, "+"),
        Topics.Gap(site, "+"), Topics.Attestation(site, "+"),
    ];

    /// <summary>Takes one message in; never throws for what it contains.</summary>
    public void Take(string topic, ReadOnlySequence<byte> payload, bool retained)
    {
        string fault;
        try
        {
            fault = payload.Length > MessageJson.MaximumBytes ? "it is too large"
                : TryTake(topic, payload, retained) ? ""
                : retained ? "it was retained, or does not belong there" : "it does not belong there, or the runner's inbox is full";
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException or FormatException)
        {
            fault = exception.Message;
        }

        if (fault.Length == 0)
            return;
        Interlocked.Increment(ref dropped);
        DroppedMessage(Printable.Line(Short(topic)), payload.Length, Printable.Line(Short(fault)));
    }

    private bool TryTake(string topic, ReadOnlySequence<byte> payload, bool retained)
    {
        var json = MessageJson.Default;
        return topic.Split('/') switch
        {
            ["patchedge", var site, "line", var line, "gateway", var gateway] when site == plant.Site =>
                Read(payload, json.LineReport) is { } report && report.Line == line && report.Gateway == gateway && Kept(report, retained) && Heard(evidence.Take(report, retained)),
            ["patchedge", var site, "gateway", var gateway, "status"] when site == plant.Site =>
                Read(payload, json.GatewayStatus) is { } status && status.Gateway == gateway && Heard(evidence.Take(status, retained)),
            ["patchedge", var site, "gateway", var gateway, "coverage"] when site == plant.Site && !retained =>
                Read(payload, json.CoverageDigest) is { } digest && digest.Gateway == gateway && Heard(evidence.Take(digest, retained)),
            ["patchedge", var site, "gateway", var gateway, "gap"] when site == plant.Site && !retained =>
                Read(payload, json.Gap) is { } gap && gap.Gateway == gateway && continuity.Take(gap),
            ["patchedge", var site, "gateway", var gateway, "attestation"] when site == plant.Site && !retained =>
                Read(payload, json.Attestation) is { } attestation && attestation.Gateway == gateway && continuity.Take(attestation, payload),
            ["patchedge", var site, "gateway", var gateway, "hold-reply"] when site == plant.Site && !retained =>
                Read(payload, json.HoldReply) is { } reply && reply.Gateway == gateway && reply.Reason.Length <= LongestReason && inbox.TryPost(new RunnerInput.HoldAnswered(reply)),
            ["patchedge", var site, "gateway", var gateway, "ledger-head"] when site == plant.Site && payload.Length <= LongestHead =>
                inbox.TryPost(new RunnerInput.HeadSeen(Short(gateway), System.Text.Encoding.ASCII.GetString(payload.ToArray()))),
            ["patchedge", var site, "host", var host, "status"] when site == plant.Site =>
                Read(payload, json.AgentStatus) is { } status && status.Host == host && Heard(evidence.Take(status, retained)),
            ["patchedge", var site, "host", var host, "permit-request"] when site == plant.Site && !retained =>
                Read(payload, json.PermitRequest) is { } request && request.Host == host && inbox.TryPost(new RunnerInput.PermitAsked(request)),
            ["patchedge", var site, "host", var host, "go-ahead-request"] when site == plant.Site && !retained =>
                Read(payload, json.GoAheadRequest) is { } request && request.Host == host && request.Step.Length <= LongestText && inbox.TryPost(new RunnerInput.GoAheadAsked(request)),
            ["patchedge", var site, "host", var host, "progress"] when site == plant.Site && !retained =>
                Read(payload, json.RunProgress) is { } progress && progress.Host == host && inbox.TryPost(new RunnerInput.Progressed(progress)),
            ["patchedge", var site, "emergency-stop"] when site == plant.Site && !retained =>
                Read(payload, json.EmergencyStopPressed) is { } pressed && Stop(pressed),
            _ => false,
        };
    }

    /// <summary>A duplicate, or one out of order, is nothing to report.</summary>
    private static bool Heard(bool taken) => taken || true;

    /// <summary>What was retained is history that was kept when it was said.</summary>
    private bool Kept(LineReport report, bool retained)
    {
        if (!retained)
            continuity.Take(report);
        return true;
    }

    /// <summary>Takes effect here and now; the runner records it at its next tick, whatever waits before it.</summary>
    private bool Stop(EmergencyStopPressed pressed)
    {
        stopSwitch.Press($"{Short(pressed.By)} over MQTT", Short(pressed.Reason));
        inbox.TryPost(RunnerInput.Tick.Now);
        return true;
    }

    private static string Short(string text) => text.Length > LongestText ? text[..LongestText] : text;

    private static T? Read<T>(ReadOnlySequence<byte> payload, JsonTypeInfo<T> type)
        where T : class
    {
        var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = 16 });
        return JsonSerializer.Deserialize(ref reader, type);
    }

    [LoggerMessage(3401, LogLevel.Warning, "A message of {Bytes} bytes on {Topic} was dropped: {Fault}.")]
    private partial void DroppedMessage(string topic, long bytes, string fault);
}
