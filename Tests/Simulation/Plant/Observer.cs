using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Buffers.Text;
using PatchEdge.Agent.Execution;
using PatchEdge.Plant.Messages;
using PatchEdge.Simulation.Machine;
using PatchEdge.Simulator.Equipment;

namespace PatchEdge.Simulation.Plant;

/// <summary>Knows what is true, whoever believes what, and says which invariant a step of the plant breaks.</summary>
internal sealed class Observer(World world, IReadOnlyList<EquipmentLine> lines, IReadOnlyList<SimulatedHost> hosts, SimulatedScheduler scheduler)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(7);

    private readonly Dictionary<long, Issued> permits = [];
    private readonly Dictionary<string, long> highestBegun = [];
    private readonly Dictionary<string, TimeSpan> nonceSent = [];
    private readonly Dictionary<string, TimeSpan> heard = [];
    private readonly HashSet<long> deliveredFresh = [];
    private readonly SortedSet<long> asked = [];

    /// <summary>The first invariant that broke, and how; null while all hold.</summary>
    public string? Broken { get; private set; }

    public int Releases => permits.Count;

    public int Steps { get; private set; }

    public void Watch(Wire wire)
    {
        foreach (var line in lines)
        {
            line.Started += started => Require("I1", !ActsOn(started), $"{started.Name} starts while its host acts");
            line.Granted += (granted, token, before) => Require("I3", token > before.HighestToken, $"{granted.Name} is held with {token} after {before.HighestToken}");
            line.Released += (released, token) => Require("I9", !MayAct(token), $"{released.Name} is freed of {token}, which may still act");
        }

        foreach (var host in hosts)
            host.Begins += OnBegins;
        wire.Sent += OnSent;
        wire.Taken += OnTaken;
    }

    /// <summary>I4, later on: what had an effect is still on record.</summary>
    public void JudgeRecord()
    {
        foreach (var token in asked)
            Require("I4", scheduler.HasIntent(token), $"lines were asked with token {token}, and no intent on record has it any more");
    }

    /// <summary>I10, once faults have ended and everything had its time: what is still held has called people.</summary>
    public void JudgeEnd()
    {
        var runs = scheduler.Runs();
        foreach (var line in lines.Where(line => line.Hold.Inhibits))
            Require("I10", runs.Exists(run => run.State == "Quarantined" || run.Holds?.Contains("\"expiryNoted\":true", StringComparison.Ordinal) == true),
                $"{line.Name} is held with {line.Hold.Token}, and nobody was called: {string.Join("; ", runs.Where(run => run.Holds is not null || !run.IsOver))}");
    }

    public void Require(string invariant, bool holds, string how)
    {
        if (!holds)
            Broken ??= $"{invariant} at {world.Now}: {how}";
    }

    private void OnSent(string topic, ReadOnlyMemory<byte> payload)
    {
        if (topic.EndsWith("/permit-request", StringComparison.Ordinal) && JsonSerializer.Deserialize(payload.Span, MessageJson.Default.PermitRequest) is { } ready)
            nonceSent.TryAdd(ready.Nonce, world.Now);
        else if (topic.EndsWith("/hold-request", StringComparison.Ordinal) && JsonSerializer.Deserialize(payload.Span, MessageJson.Default.HoldRequest) is { Action: HoldAction.Hold } hold)
        {
            Require("I4", scheduler.HasIntent(hold.Token), $"{hold.Line} is asked with token {hold.Token}, which no intent on record has");
            asked.Add(hold.Token);
        }
        else if (topic.EndsWith("/permit", StringComparison.Ordinal) && Permit(payload) is { } permit)
            OnPermit(permit);
    }

    private void OnTaken(string topic, ReadOnlyMemory<byte> payload, bool kept)
    {
        if (topic.EndsWith("/permit", StringComparison.Ordinal) && !kept && Permit(payload) is { } permit)
            deliveredFresh.Add(permit.Token);
        else if (topic.Contains("/line/", StringComparison.Ordinal) && !kept)
            heard[topic.Split('/')[3]] = world.Now;
    }

    private void OnPermit(Permit permit)
    {
        Require("I4", scheduler.Runs().Exists(run => run.Id == permit.Run && run.Token == permit.Token && run.State == "Released"), $"the permit of {permit.Run} leaves before it is on record");
        var rivals = permits.Values.Where(other => other.Permit.Token != permit.Token && (other.Permit.Host == permit.Host || other.Permit.Lines.Intersect(permit.Lines).Any()));
        Require("I5", !rivals.Any(other => MayAct(other.Permit.Token)), $"{permit.Run} is permitted beside another that may act");
        foreach (var line in lines.Where(line => permit.Lines.Contains(line.Name)))
        {
            Require("I6", line.ReadSince.Contains(permit.Token), $"{line.Name} was not read since it is held for {permit.Run}");
            Require("I7", heard.TryGetValue(line.Name, out var at) && world.Now - at <= Fresh, $"no gateway proves {line.Name} when {permit.Run} is permitted");
        }

        permits[permit.Token] = new Issued(permit, nonceSent.GetValueOrDefault(permit.Nonce, TimeSpan.MinValue / 2));
    }

    private void OnBegins(SimulatedHost host, string step, RunRecord run)
    {
        Steps++;
        foreach (var line in lines.Where(line => Layout.HostNamed(host.Name).Lines.Contains(line.Name)))
        {
            Require("I1", !line.Running, $"{host.Name} begins {step} while {line.Name} runs");
            Require("I2", line.Inhibits && line.Hold.Token == run.Token, $"{host.Name} begins {step} with {run.Token} while {line.Name} is held with {line.Hold.Token}");
        }

        Require("I3", run.Token >= highestBegun.GetValueOrDefault(host.Name), $"{host.Name} begins {step} with {run.Token} after {highestBegun.GetValueOrDefault(host.Name)}");
        highestBegun[host.Name] = run.Token;
        if (run is { Course: Course.Forward, Next: 0 })
        {
            Require("I8", deliveredFresh.Contains(run.Token), $"{host.Name} begins {run.Run} on a permit that came as history");
            Require("I8", permits.TryGetValue(run.Token, out var issued) && world.Now - issued.NonceSent <= TimeSpan.FromSeconds(30), $"{host.Name} begins {run.Run} on a permit that is over");
        }
    }

    private bool ActsOn(EquipmentLine line) => hosts.Any(host => host.Acting.Count > 0 && Layout.HostNamed(host.Name).Lines.Contains(line.Name));

    /// <summary>A permit that its agent could still accept, a run of it that is not over, or a step that still goes on.</summary>
    private bool MayAct(long token)
    {
        if (!permits.TryGetValue(token, out var issued))
            return false;
        var host = hosts.First(host => host.Name == issued.Permit.Host);
        if (host.Acting.Contains(token))
            return true;
        var known = host.Known;
        if (known is null || known.HighestToken < token)
            return !host.Life.IsOver && world.Now - issued.NonceSent < TimeSpan.FromMilliseconds(issued.Permit.LifetimeMs);
        return known.Run is { IsOver: false } run && run.Token == token;
    }

    private static Permit? Permit(ReadOnlyMemory<byte> payload) =>
        JsonSerializer.Deserialize(Base64Url.DecodeFromChars(Encoding.ASCII.GetString(payload.Span).Split('.')[1]), MessageJson.Default.Permit);

    private sealed record Issued(Permit Permit, TimeSpan NonceSent);
}
