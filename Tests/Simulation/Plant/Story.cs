using PatchEdge.Simulation.Machine;

namespace PatchEdge.Simulation.Plant;

/// <summary>One plant from its start: patches come, everything fails now and then, and in the end nothing fails any more and everything must come to rest.</summary>
internal sealed class Story : IDisposable
{
    private const string Window = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Sim//EN\r\nBEGIN:VEVENT\r\nUID:1@sim\r\nDTSTAMP:20260101T000000Z\r\n"
        + "DTSTART:20260101T000000Z\r\nDURATION:P1D\r\nRRULE:FREQ=DAILY\r\nCATEGORIES:WINDOW\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    private const int MostWaiting = 4;
    private const int MostShown = 60;
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestOverhaul = TimeSpan.FromMinutes(12);

    /// <summary>A full disk stays so for longer than a start takes.</summary>
    private static readonly TimeSpan FullFor = TimeSpan.FromSeconds(20);

    private readonly MemoryFolder folder = new();
    private readonly Plot plot;
    private readonly World world;
    private readonly Faults faults;
    private readonly People people;
    private readonly Observer observer;
    private readonly Tally tally = new();
    private readonly Dictionary<string, int> points = [];
    private readonly Dictionary<(string Line, long Token), string> carriers = [];
    private TimeSpan underWay;
    private TimeSpan leapt;
    private TimeSpan fullUntil;
    private bool failing = true;
    private bool crashed;

    private Story(Plot plot)
    {
        this.plot = plot;
        world = new World(plot.Seed);
        Wire = new Wire(world) { Temper = plot.Temper };
        folder.Write("calendars/site.ics", Window);
        folder.Make("jobs");
        folder.Make("secrets");
        Monitoring = new Monitoring(world);
        Lines = [.. new[] { Layout.First, Layout.Second }.Select(name => new EquipmentLine(name, world, plot.Mutant))];
        Scheduler = new SimulatedScheduler(world, Wire, folder.Root, plot.Mutant);
        Gateways = [.. Layout.Gateways.Select(name => new SimulatedGateway(name, world, Wire, Lines, Monitoring, plot.Mutant))];
        Hosts = [.. Layout.Hosts.Select(name => new SimulatedHost(name, world, Wire, folder.Make("agent-" + name), () => Scheduler.PublicKey, plot.Mutant, span => TakeAway(name, span)))];
        observer = new Observer(world, Lines, Hosts, Scheduler, Monitoring, plot.Only);
        people = new People(world, Scheduler, Hosts, plot.Mutant, observer) { StopRuns = plot.Faults };
        faults = new Faults(world, Wire, Scheduler, Hosts, Gateways, Monitoring, tally);
    }

    public World World => world;

    public Wire Wire { get; }

    public Monitoring Monitoring { get; }

    public List<EquipmentLine> Lines { get; }

    public List<SimulatedHost> Hosts { get; }

    public List<SimulatedGateway> Gateways { get; }

    public SimulatedScheduler Scheduler { get; }

    private bool IsOver => observer.Broken is not null || Lives.Any(life => life.Fault is not null);

    private IEnumerable<Life> Lives => Hosts.Select(host => host.Life).Concat(Gateways.Select(gateway => gateway.Life)).Append(Scheduler.Life);

    public static Tale Tell(Plot plot)
    {
        using var story = new Story(plot);
        return story.Tell();
    }

    public void Dispose() => folder.Dispose();

    /// <summary>Does something again and again, while things still fail.</summary>
    public void Often(TimeSpan least, TimeSpan most, Action action) => world.After(world.Between(least, most), () =>
    {
        if (!failing)
            return;
        action();
        Often(least, most, action);
    });

    private Tale Tell()
    {
        Begin();
        if (plot.Jobs is { } jobs)
        {
            foreach (var (host, procedure) in jobs)
                people.Ask(host, procedure);
            Live(Slice * 2);
            UntilRest(LongestOverhaul);
        }

        for (var spell = 0; plot.Jobs is null && spell < plot.Spells && !IsOver; spell++)
        {
            if (spell > 0 || plot.Overhauls > 0)
                Leap(world.Between(TimeSpan.FromHours(200), TimeSpan.FromHours(500)));
            KeepBusy(plot.Busy);
            for (var round = 0; round < plot.Overhauls && !IsOver; round++)
            {
                foreach (var host in Hosts.OrderBy(_ => world.Random.Next()).Take(world.Random.Next(1, 3)))
                    people.Ask(host.Name, Layout.Overhaul);
                Live(TimeSpan.FromSeconds(30));
                UntilRest(LongestOverhaul);
            }
        }

        // From here on nothing fails, and everything comes to rest.
        failing = false;
        if (plot.Faults)
        {
            faults.End();
            Live(TimeSpan.FromMinutes(1));
        }

        UntilRest(plot.Rest);
        if (!IsOver && plot.Rest > TimeSpan.Zero)
            observer.JudgeEnd();
        return new Tale
        {
            Broken = observer.Broken ?? Lives.Where(life => life.Fault is not null).Select(life => $"{life.Name}: {life.Fault}").FirstOrDefault(),
            Hours = world.Now.TotalHours,
            UnderWay = underWay.TotalHours,
            Lived = (world.Now - leapt).TotalHours,
            Releases = observer.Releases,
            Begun = observer.Steps,
            Done = Scheduler.AllRuns().Count(run => run.State == "Done"),
            IsAtRest = Scheduler.Runs().Count == 0 && !Lines.Exists(line => line.Hold.Inhibits),
            Trace = world.Steps,
            Points = points,
            Tally = tally,
            Record = observer.Broken is null ? "" : Scheduler.Newest(MostShown),
        };
    }

    private void Begin()
    {
        observer.Watch(Wire);
        faults.Watch();
        Scheduler.Ended += () => crashed = true;
        foreach (var line in Lines)
        {
            line.Granted += (granted, token, _, gateway) => carriers[(granted.Name, token)] = gateway;
            line.Released += (released, token, gateway) => tally.Count("a hold is freed", "holds", carriers.GetValueOrDefault((released.Name, token)) == gateway ? "by who carried it" : "by the other gateway");
        }

        Scheduler.Start();
        Gateways.ForEach(gateway => gateway.Start());
        Hosts.ForEach(host => host.Start());
        Lines.ForEach(line => line.Live(() => failing));
        if (plot.Kill is not null)
            KillAtAPoint();
        Live(Slice);
        if (plot.Faults)
            faults.Begin();
        plot.Also?.Invoke(this);
    }

    private void KillAtAPoint()
    {
        Scheduler.Dies = _ => IsThePoint("scheduler");
        Scheduler.DiskFails = IsFull;
        foreach (var host in Hosts.Where(host => plot.Jobs!.Any(job => job.Host == host.Name)))
            host.Dies = _ => IsThePoint("agent");
    }

    /// <summary>From the point on, and for a while.</summary>
    private bool IsFull()
    {
        if (IsThePoint("disk"))
            fullUntil = world.Now + FullFor;
        return world.Now < fullUntil;
    }

    private bool IsThePoint(string who)
    {
        points[who] = points.GetValueOrDefault(who) + 1;
        return plot.Kill == (who, points[who]);
    }

    private void TakeAway(string host, TimeSpan span)
    {
        foreach (var gateway in Gateways.Where(gateway => Layout.Model.Gateways.Any(known => known.Name == gateway.Name && known.Host == host)))
            gateway.Crash(span);
        foreach (var server in Layout.Model.Servers.Where(server => server.Host == host))
            Monitoring.TakeDown(server.Name, span);
    }

    /// <summary>Patches come, as many as wait at most.</summary>
    private void KeepBusy(TimeSpan span)
    {
        for (var until = world.Now + span; world.Now < until && !IsOver;)
        {
            var waiting = Scheduler.Runs();
            if (waiting.Count < MostWaiting && Hosts.Where(host => !waiting.Exists(run => run.JobId.EndsWith("-" + host.Name, StringComparison.Ordinal))).OrderBy(_ => world.Random.Next()).FirstOrDefault() is { } free)
                people.Ask(free.Name, world.Chance(0.6) ? Layout.Update : Layout.Restart);
            Live(Slice);
        }
    }

    private void UntilRest(TimeSpan longest)
    {
        for (var lived = TimeSpan.Zero; lived < longest && !IsOver && (people.AreUnheard || Scheduler.Runs().Count > 0); lived += Slice / 2)
        {
            LeapOverLongSteps();
            Live(Slice / 2);
        }
    }

    private void Live(TimeSpan span)
    {
        for (var until = world.Now + span; world.Now < until && !IsOver;)
        {
            var before = world.Now;
            world.Run(until < before + Slice ? until : before + Slice, () => IsOver);
            var runs = Scheduler.Runs();
            foreach (var run in runs)
                tally.Count("time: a run is", "lived seconds", run.State, (int)(world.Now - before).TotalSeconds);
            if (runs.Exists(run => run.Occupies))
                underWay += world.Now - before;
            people.Look(runs);
            if (crashed)
                observer.JudgeRecord();
            crashed = false;
            if (plot.Mutant == Mutant.NoLedger)
                Scheduler.KeepCopy();
        }
    }

    /// <summary>While every run that is under way is inside a step of hours, nothing happens but what happens every few seconds anyway.</summary>
    private void LeapOverLongSteps()
    {
        var runs = Scheduler.Runs();
        var under = runs.Where(run => run.Occupies).ToList();
        // People who do not look do not wait either.
        if (plot.Mutant == Mutant.Unseen || under.Count == 0 || under.Count < runs.Count(run => run.Holds is not null))
            return;
        var ends = under.Min(run => Hosts.First(host => run.JobId.EndsWith("-" + host.Name, StringComparison.Ordinal)).BusyUntil);
        var span = ends - world.Now - TimeSpan.FromSeconds(2);
        if (span < TimeSpan.FromMinutes(5))
            return;
        foreach (var run in under)
            tally.Count("time: a run is", "leapt hours", run.State, (int)span.TotalHours);
        underWay += span;
        Leap(span);
    }

    /// <summary>Of every timer that is due in between, each rings once; and everybody is heard again before the scheduler goes on.</summary>
    private void Leap(TimeSpan span)
    {
        leapt += span;
        world.Skip(span);
        Scheduler.Life.Freeze(TimeSpan.FromSeconds(3));
    }
}
