using PatchEdge.Plant.Messages;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;
using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>How a seed's story went.</summary>
/// <param name="Broken">The first invariant that broke, and how; null when none did.</param>
/// <param name="Hours">Plant-hours that passed.</param>
/// <param name="Busy">Of those, how long jobs were under way.</param>
/// <param name="Releases">Permits signed.</param>
/// <param name="Begun">Steps that hosts began.</param>
/// <param name="Done">Runs that were done.</param>
/// <param name="Trace">A number that two tellings of one seed share.</param>
internal sealed record Tale(string? Broken, double Hours, TimeSpan Busy, int Releases, int Begun, int Done, long Trace);

/// <summary>One plant from its start: jobs come, everything fails now and then, and in the end nothing fails any more and everything must come to rest.</summary>
internal static class Story
{
    private static readonly TimeSpan LongestJob = TimeSpan.FromMinutes(12);
    private const string Window = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sim//EN\r\nBEGIN:VEVENT\r\nUID:1@sim\r\nDTSTAMP:20260101T000000Z\r\n"
        + "DTSTART:20260101T000000Z\r\nDURATION:P1D\r\nRRULE:FREQ=DAILY\r\nCATEGORIES:WINDOW\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    /// <param name="seed">Of everything that is left to chance.</param>
    /// <param name="mutant">A rule that some part does not keep.</param>
    /// <param name="jobs">How many times jobs come.</param>
    /// <param name="keepsPermits">The broker keeps every permit instead of delivering it.</param>
    public static Tale Tell(int seed, Mutant mutant = Mutant.None, int jobs = 3, bool keepsPermits = false)
    {
        using var folder = new MemoryFolder();
        var world = new World(seed);
        var wire = new Wire(world) { Temper = keepsPermits ? new WireTemper { KeepsPermits = true, ForgetsThatItKept = mutant == Mutant.KeptAsFresh } : WireTemper.Rough };
        var lines = new[] { Layout.First, Layout.Second }.Select(name => new EquipmentLine(name, world, mutant)).ToList();
        folder.Write("calendars/site.ics", Window);
        folder.Make("jobs");
        folder.Make("secrets");
        var scheduler = new SimulatedScheduler(world, wire, folder.Root, mutant);
        var hosts = Layout.Hosts.Select(name => new SimulatedHost(name, world, wire, folder.Make("agent-" + name), () => scheduler.PublicKey)).ToList();
        var gateways = Layout.Gateways.Select(name => new SimulatedGateway(name, world, wire, lines, mutant)).ToList();
        var observer = new Observer(world, lines, hosts, scheduler);
        observer.Watch(wire);
        scheduler.Start();
        gateways.ForEach(gateway => gateway.Start());
        hosts.ForEach(host => host.Start());
        var failing = true;
        lines.ForEach(line => line.Live(() => failing));
        if (mutant == Mutant.NoFence)
            Frozen(world, gateways, () => failing);
        else
            Faults(world, wire, scheduler, hosts, gateways, () => failing);
        bool IsOver() => observer.Broken is not null || hosts.Exists(host => host.Life.Fault is not null) || scheduler.Life.Fault is not null || gateways.Exists(gateway => gateway.Life.Fault is not null);

        var busy = TimeSpan.Zero;
        var asked = new Dictionary<string, string>(StringComparer.Ordinal);
        world.Run(TimeSpan.FromSeconds(5), IsOver);
        for (var job = 1; job <= jobs && !IsOver(); job++)
        {
            world.Skip(world.Between(TimeSpan.FromHours(280), TimeSpan.FromHours(440)));
            var began = world.Now;
            Add(world, scheduler, asked, $"J{job}", Layout.Hosts[world.Random.Next(Layout.Hosts.Length)]);
            if (world.Chance(0.5))
                Add(world, scheduler, asked, $"K{job}", Layout.Hosts[world.Random.Next(Layout.Hosts.Length)]);
            while (!IsOver() && world.Now - began < LongestJob && (world.Now - began < TimeSpan.FromMinutes(1) || !AtRest(scheduler)))
            {
                world.Run(world.Now + TimeSpan.FromSeconds(20), IsOver);
                People(world, scheduler, hosts, asked);
                observer.JudgeRecord();
                if (mutant == Mutant.NoLedger)
                    scheduler.KeepCopy();
            }

            busy += world.Now - began;
        }

        // From here on nothing fails, and everything comes to rest.
        failing = false;
        wire.Temper = WireTemper.Calm;
        (scheduler.MayCrash, scheduler.DiskMayFail) = (false, false);
        hosts.ForEach(host => host.MayCrash = false);
        for (var minute = 0; minute < 20 && !IsOver() && !(minute > 1 && AtRest(scheduler)); minute++)
        {
            world.Run(world.Now + TimeSpan.FromMinutes(1), IsOver);
            observer.JudgeRecord();
            People(world, scheduler, hosts, asked);
        }

        if (!IsOver())
            observer.JudgeEnd();
        var fault = observer.Broken ?? hosts.Select(host => host.Life).Concat(gateways.Select(gateway => gateway.Life)).Append(scheduler.Life)
            .Select(life => life.Fault is { } escaped ? $"{life.Name}: {escaped}" : null).FirstOrDefault(text => text is not null);
        return new Tale(fault, world.Now.TotalHours, busy, observer.Releases, observer.Steps, scheduler.Runs().Count(run => run.State == "Done"), world.Steps);
    }

    private static bool AtRest(SimulatedScheduler scheduler) => scheduler.Runs().TrueForAll(run => run.IsOver && run.Holds is null);

    private static void Add(World world, SimulatedScheduler scheduler, Dictionary<string, string> asked, string id, string host)
    {
        asked[id] = host;
        var draft = Draft(id, host) with { Priority = world.Random.Next(3) };
        scheduler.Ask(new Order.Add(draft, "story", "Ann"));
        Approve(scheduler, id, host);
    }

    private static void Approve(SimulatedScheduler scheduler, string id, string host) =>
        scheduler.Ask(new Order.Approve(id, "", "Bob", Sign("Bob", SignatureMeanings.Approval, Draft(id, host).ContentHash)));

    private static JobDraft Draft(string id, string host) => new()
    {
        Id = id, Host = host, Procedure = Layout.Procedure, PatchName = "Update", PatchDigest = new string('d', 64), RequestedBy = "Ann",
    };

    /// <summary>What leaves a page after name and password were right.</summary>
    private static SignatureRecord Sign(string by, string meaning, string covers) => new(by, meaning, covers, 2);

    /// <summary>They look at hosts whose run is quarantined and, once nothing goes on there any more, sign; now and then one stops a run. An approval that a crash swallowed is given again.</summary>
    private static void People(World world, SimulatedScheduler scheduler, List<SimulatedHost> hosts, Dictionary<string, string> asked)
    {
        foreach (var run in scheduler.Runs().Where(run => run.State == "Requested" && asked.ContainsKey(run.JobId)))
            Approve(scheduler, run.JobId, asked[run.JobId]);
        foreach (var run in scheduler.Runs().Where(run => run.State == "Quarantined"))
            if (hosts.TrueForAll(host => host.Acting.Count == 0 && host.Known?.Run is not { IsOver: false }))
                foreach (var person in new[] { "Ann", "Bob" })
                    scheduler.Ask(new Order.Settle(
                        run.JobId, RunState.Aborted, "looked", person, Sign(person, SignatureMeanings.Responsibility, SignedContent.Settling(run.Id, RunState.Aborted))));
        foreach (var run in scheduler.Runs().Where(run => run.State is "Held" or "Released" or "Executing"))
            if (world.Chance(0.03))
                scheduler.Ask(new Order.Withdraw(run.JobId, RunState.Revoked, "not today", "Ann"));
    }

    /// <summary>Gateways stand still with requests in their hands, again and again.</summary>
    private static void Frozen(World world, List<SimulatedGateway> gateways, Func<bool> failing) => world.After(world.Between(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)), () =>
    {
        if (!failing())
            return;
        gateways[world.Random.Next(gateways.Count)].Life.Freeze(world.Between(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120)));
        Frozen(world, gateways, failing);
    });

    private static void Faults(World world, Wire wire, SimulatedScheduler scheduler, List<SimulatedHost> hosts, List<SimulatedGateway> gateways, Func<bool> failing)
    {
        (scheduler.MayCrash, scheduler.DiskMayFail) = (true, true);
        hosts.ForEach(host => host.MayCrash = true);
        void Next() => world.After(world.Between(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(3)), () =>
        {
            if (!failing())
                return;
            var away = world.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(70));
            switch (world.Random.Next(8))
            {
                case 0: scheduler.Crash(away); break;
                case 1: hosts[world.Random.Next(hosts.Count)].Crash(away); break;
                case 2: gateways[world.Random.Next(gateways.Count)].Crash(away); break;
                case 3 or 4: gateways[world.Random.Next(gateways.Count)].Life.Freeze(away); break;
                case 5: hosts[world.Random.Next(hosts.Count)].Life.Freeze(away); break;
                case 6: scheduler.Life.Freeze(away / 4); break;
                default: wire.Cut(); break;
            }

            Next();
        });
        Next();
    }
}
