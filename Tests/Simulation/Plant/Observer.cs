using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using PatchEdge.Agent.Execution;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Simulation.Machine;
using PatchEdge.Simulator.Equipment;

namespace PatchEdge.Simulation.Plant;

/// <summary>Knows what is true, whoever believes what, and says which invariant a step of the plant breaks.</summary>
/// <remarks>What is on record is asked only where the invariant is about the record: I4, and the call to people in I10.</remarks>
/// <param name="world">The world.</param>
/// <param name="lines">The lines as they are.</param>
/// <param name="hosts">The hosts as they are.</param>
/// <param name="scheduler">Whose record it reads.</param>
/// <param name="monitoring">What is truly watched.</param>
/// <param name="only">The one invariant to look at; null looks at all.</param>
internal sealed class Observer(
    World world, IReadOnlyList<EquipmentLine> lines, IReadOnlyList<SimulatedHost> hosts, SimulatedScheduler scheduler, Monitoring monitoring, string? only)
{
    /// <summary>The oldest look at a path that a permit may rest on: what a gateway says holds so long, and may have been so long on its way.</summary>
    private static readonly TimeSpan OldestLook = SimulatedGateway.Validity + TimeSpan.FromSeconds(3);

    /// <summary>The oldest look at a line: a gateway itself may rely on one for as long as its evidence may age.</summary>
    private static readonly TimeSpan OldestIdle = OldestLook + Layout.Model.Lines.First().EvidenceAge;

    private readonly Dictionary<long, Issued> permits = [];
    private readonly Dictionary<string, long> highestBegun = [];
    private readonly Dictionary<string, TimeSpan> nonceSent = [];
    private readonly Dictionary<(string Host, long Token, string Step), TimeSpan> goAheads = [];
    private readonly HashSet<(long Token, string Step)> begun = [];
    private readonly HashSet<long> deliveredFresh = [];
    private readonly HashSet<long> refused = [];
    private readonly HashSet<long> freeing = [];
    private readonly HashSet<long> asked = [];

    /// <summary>The first invariant that broke, and how; null while all hold.</summary>
    public string? Broken { get; private set; }

    public int Releases => permits.Count;

    public int Steps { get; private set; }

    public void Watch(Wire wire)
    {
        foreach (var line in lines)
        {
            line.Started += started => Require("I1", !ActsOn(started), () => $"{started.Name} starts while its host acts");
            line.Granted += (granted, token, before, _) => Require("I3", token > before.HighestToken, () => $"{granted.Name} is held with {token} after {before.HighestToken}");
            line.Released += (released, token, _) => Require("I9", !MayAct(token), () => $"{released.Name} is freed of {token}, which may still act");
        }

        foreach (var host in hosts)
            host.Begins += OnBegins;
        wire.Sent += OnSent;
        wire.Taken += OnTaken;
    }

    /// <summary>I4, after a crash: what had an effect is still on record.</summary>
    public void JudgeRecord()
    {
        var intents = scheduler.Intents();
        foreach (var token in asked)
            Require("I4", intents.Contains(token), () => $"lines were asked with token {token}, and no intent on record has it any more");
    }

    /// <summary>I9, the override: whose hands signed that a run is settled.</summary>
    public void JudgeSettled(string run, int people) => Require("I9", people >= 2, () => $"{run} was settled by {people} of two people");

    /// <summary>I10, once faults have ended and everything had its time: what is still held has called people to it.</summary>
    public void JudgeEnd()
    {
        var runs = scheduler.Runs();
        foreach (var line in lines.Where(line => line.Hold.Inhibits))
            Require("I10", runs.Exists(run => Calls(run, line)),
                () => $"{line.Name} is held with {line.Hold.Token}, and nobody was called: {string.Join("; ", runs.Where(run => run.Holds is not null || !run.IsOver))}");
    }

    private static bool Calls(StoredRun run, EquipmentLine line) => (run.State == "Quarantined" && run.Token == line.Hold.Token)
        || (run.Holds is { } holds && holds.Contains($"\"token\":{line.Hold.Token}", StringComparison.Ordinal)
            && holds.Split("\"line\":").Any(part => part.StartsWith($"\"{line.Name}\"", StringComparison.Ordinal) && part.Contains("\"expiryNoted\":true", StringComparison.Ordinal)));

    private void Require(string invariant, bool holds, Func<string> how)
    {
        if (!holds && (only is null || only == invariant))
            Broken ??= $"{invariant} at {world.Now}: {how()}";
    }

    private void OnSent(string topic, ReadOnlyMemory<byte> payload)
    {
        switch (topic[(topic.LastIndexOf('/') + 1)..])
        {
            case "permit-request" when JsonSerializer.Deserialize(payload.Span, MessageJson.Default.PermitRequest) is { } ready:
                nonceSent.TryAdd(ready.Nonce, world.Now);
                break;
            case "go-ahead-request" when JsonSerializer.Deserialize(payload.Span, MessageJson.Default.GoAheadRequest) is { } question:
                nonceSent.TryAdd(question.Nonce, world.Now);
                break;
            case "hold-request" when JsonSerializer.Deserialize(payload.Span, MessageJson.Default.HoldRequest) is { } hold:
                OnHold(hold);
                break;
            case "progress" when JsonSerializer.Deserialize(payload.Span, MessageJson.Default.RunProgress) is { Phase: RunPhase.Refused } word:
                refused.Add(word.Token);
                break;
            case "permit" when Signed(payload, MessageJson.Default.Permit) is { } permit:
                OnPermit(permit);
                break;
            case "go-ahead" when Signed(payload, MessageJson.Default.GoAhead) is { Granted: true } granted:
                Require("I4", scheduler.Records("go-ahead-granted", granted.Nonce), () => $"the go-ahead for {granted.Step} of {granted.Run} leaves before it is on record");
                break;
        }
    }

    private void OnTaken(string topic, ReadOnlyMemory<byte> payload, bool kept)
    {
        if (kept)
            return;
        if (topic.EndsWith("/permit", StringComparison.Ordinal) && Signed(payload, MessageJson.Default.Permit) is { } permit)
            deliveredFresh.Add(permit.Token);
        else if (topic.EndsWith("/go-ahead", StringComparison.Ordinal) && Signed(payload, MessageJson.Default.GoAhead) is { Granted: true } granted && nonceSent.TryGetValue(granted.Nonce, out var sent))
            goAheads[(granted.Host, granted.Token, granted.Step)] = sent;
    }

    private void OnHold(HoldRequest request)
    {
        if (request.Action == HoldAction.Hold && asked.Add(request.Token))
            Require("I4", scheduler.HasIntent(request.Token), () => $"{request.Line} is asked with token {request.Token}, which no intent on record has");
        else if (request.Action == HoldAction.Release && freeing.Add(request.Token))
            Require("I4", scheduler.Records("hold-release-intended", $"\"token\":{request.Token}}}"), () => $"{request.Line} is to be freed of {request.Token}, and nothing on record says so");
    }

    private void OnPermit(Permit permit)
    {
        Require("I4", scheduler.Runs().Exists(run => run.Id == permit.Run && run.Token == permit.Token && run.State == "Released"), () => $"the permit of {permit.Run} leaves before it is on record");
        var served = Layout.LinesOf(permit.Host);
        var rivals = permits.Values.Where(other => other.Permit.Token != permit.Token && (other.Permit.Host == permit.Host || Layout.LinesOf(other.Permit.Host).Intersect(served).Any()));
        Require("I5", !rivals.Any(other => MayAct(other.Permit.Token)), () => $"{permit.Run} is permitted beside another that may act");
        var issued = permit.IssuedAt - World.Start;
        foreach (var line in lines.Where(line => served.Contains(line.Name)))
        {
            Require("I6", line.ReadSince.Contains(permit.Token), () => $"{line.Name} was not read since it is held for {permit.Run}");
            Require("I7", monitoring.LastSeenIdle(line.Name) is { } at && issued - at <= OldestIdle, () => $"{line.Name} was last seen idle at {monitoring.LastSeenIdle(line.Name)}, {permit.Run} is permitted at {issued}");
        }

        RequirePaths(permit.Host, path => !path.Hosts.Any(IsOrMayBeAway) && monitoring.LastObserved(path.Gateway, path.Server) is { } seen && issued - seen <= OldestLook,
            $"{permit.Run} is permitted to {permit.Host}");
        permits[permit.Token] = new Issued(permit, nonceSent.GetValueOrDefault(permit.Nonce, TimeSpan.MinValue / 2));
    }

    private void OnBegins(SimulatedHost host, string step, RunRecord run)
    {
        Steps++;
        var served = Layout.LinesOf(host.Name);
        foreach (var line in lines.Where(line => served.Contains(line.Name)))
        {
            Require("I1", !line.Running, () => $"{host.Name} begins {step} while {line.Name} runs");
            Require("I2", line.Inhibits && line.Hold.Token == run.Token, () => $"{host.Name} begins {step} with {run.Token} while {line.Name} is held with {line.Hold.Token}");
        }

        Require("I3", run.Token >= highestBegun.GetValueOrDefault(host.Name), () => $"{host.Name} begins {step} with {run.Token} after {highestBegun.GetValueOrDefault(host.Name)}");
        highestBegun[host.Name] = run.Token;
        RequirePaths(host.Name, path => !path.Hosts.Any(other => hosts.Any(known => known.Name == other && IsAtIt(known))), $"{host.Name} begins {step}");
        Require("I8", !refused.Contains(run.Token), () => $"{host.Name} begins {step} of {run.Run}, which it refused");
        Require("I8", begun.Add((run.Token, step)) || run.Step?.Repeatable == true, () => $"{host.Name} begins {step} of {run.Run} twice");
        if (run is { Course: Course.Forward, Next: 0, Started: 1 })
        {
            Require("I8", deliveredFresh.Contains(run.Token), () => $"{host.Name} begins {run.Run} on a permit that came as history");
            Require("I8", (permits.TryGetValue(run.Token, out var issued) && world.Now - issued.NonceSent <= Layout.Lifetime) || goAheads.ContainsKey((host.Name, run.Token, step)),
                () => $"{host.Name} begins {run.Run} on a permit that is over");
        }

        if (Layout.CannotBeTakenBack(step))
            Require("I8", goAheads.TryGetValue((host.Name, run.Token, step), out var sent) && world.Now - sent <= Layout.Lifetime, () => $"{host.Name} begins {step} of {run.Run} without a go-ahead that lives");
    }

    /// <summary>I11: every critical tag that has a path over the host keeps one that counts.</summary>
    private void RequirePaths(string host, Func<TagPath, bool> counts, string what)
    {
        foreach (var tag in Layout.CriticalPaths.GroupBy(path => path.Tag))
            if (tag.Any(path => path.RestsOn(host)))
                Require("I11", tag.Any(path => !path.RestsOn(host) && counts(path)), () => $"{what}, and {tag.Key} keeps no path");
    }

    private bool IsOrMayBeAway(string host) => IsAtIt(hosts.First(known => known.Name == host)) || permits.Any(permit => permit.Value.Permit.Host == host && MayAct(permit.Key));

    private static bool IsAtIt(SimulatedHost host) => host.Acting.Any() || host.Known?.Run is { IsOver: false };

    private bool ActsOn(EquipmentLine line) => hosts.Any(host => host.Acting.Any() && Layout.LinesOf(host.Name).Contains(line.Name));

    /// <summary>A permit that its agent could still accept, a run of it that is not over, or a step that still goes on.</summary>
    private bool MayAct(long token)
    {
        if (!permits.TryGetValue(token, out var issued) || issued.IsOver)
            return false;
        var host = hosts.First(host => host.Name == issued.Permit.Host);
        if (host.Acting.Contains(token))
            return true;
        var known = host.Known;
        if (known is null || known.HighestToken < token)
            return !host.Life.IsOver && !refused.Contains(token) && world.Now - issued.NonceSent < Layout.Lifetime;
        if (known.Run is { IsOver: false } run && run.Token == token)
            return true;
        // What is over stays so: nothing is ever begun with a token that another has overtaken, or whose run has ended.
        issued.IsOver = true;
        return false;
    }

    private static T? Signed<T>(ReadOnlyMemory<byte> payload, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> json) =>
        JsonSerializer.Deserialize(Base64Url.DecodeFromChars(Encoding.ASCII.GetString(payload.Span).Split('.')[1]), json);

    private sealed record Issued(Permit Permit, TimeSpan NonceSent)
    {
        public bool IsOver { get; set; }
    }
}
