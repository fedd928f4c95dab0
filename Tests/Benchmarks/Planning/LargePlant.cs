using System.Collections.Immutable;
using PatchEdge.Plant.Lines;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Model;
using PatchEdge.Plant.Time;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Indexes;
using PatchEdge.Scheduler.Planning.Plans;
using PatchEdge.Scheduler.Planning.Waves;

namespace PatchEdge.Benchmarks.Planning;

/// <summary>A <see cref="LargeModel"/> in which everything is proven and every host has a patch waiting, every fifth by a campaign in three waves.</summary>
internal sealed class LargePlant
{
    public const string Procedure = "install-update";
    private const string Campaign = "fall";
    private static readonly string Digest = new('d', 64);
    private static readonly string Key = new('f', 64);
    private readonly StoppedClock clock;
    private readonly Dictionary<(int Line, string Gateway), long> sequences = [];

    public LargePlant(int hosts, DateTimeOffset start)
    {
        clock = new StoppedClock(start);
        Model = LargeModel.Build(hosts);
        Board = new EvidenceBoard(Model, TimeSpan.FromSeconds(2), clock);
        // Agents are heard every half minute, so that some are heard at each second of it.
        foreach (var (number, host) in Model.Hosts.Index())
        {
            Board.Take(Agent(host.Name), retained: false);
            if ((number + 1) % ((hosts / 30) + 1) == 0)
                clock.Advance(TimeSpan.FromSeconds(1));
        }

        foreach (var gateway in Model.Gateways)
        {
            Board.Take(Status(gateway.Name), retained: false);
            Board.Take(Digests(gateway), retained: false);
        }

        for (var line = 0; line < Model.Lines.Count(); line++)
            Report(line, LineState.Idle);
        Now = clock.GetUtcNow();
        Calendar = LargeCalendar.Of(Model, Now);
        var jobs = Model.Hosts.Select((host, number) => Job(host, number)).ToList();
        Jobs = jobs.ToImmutableDictionary(job => job.Id, StringComparer.Ordinal);
        // As the scheduler makes it of what the database says.
        var index = PlantIndex.Of(Model);
        Runs = RunIndex.For(index).With([], jobs.Select(job => Run(index.Host(job.Host)!, job)));
        Campaigns = Campaigns.Add(Campaign, Planned(jobs));
        _ = Runs.Ordered;
    }

    public DateTimeOffset Now { get; }

    public PlantModel Model { get; }

    public CalendarFacts Calendar { get; }

    public EvidenceBoard Board { get; }

    public ImmutableDictionary<string, JobFacts> Jobs { get; }

    public RunIndex Runs { get; }

    public ImmutableDictionary<string, CampaignFacts> Campaigns { get; } = ImmutableDictionary<string, CampaignFacts>.Empty;

    /// <summary>As the scheduler takes it at each wake.</summary>
    public SiteSnapshot Snapshot() => new()
    {
        Now = Now,
        Plant = Model,
        Jobs = Jobs,
        Runs = Runs,
        Holds = [],
        AdvisoryRelease = false,
        Campaigns = Campaigns,
        Concurrency = 2_000,
        Evidence = Board.Snapshot(),
        Calendar = Calendar,
        EmergencyStop = new EmergencyStopFacts(false, "", "", null),
        Health = new HealthFacts(null, null, Key),
    };

    /// <summary>The line's gateways report anew.</summary>
    public void Report(int line, LineState state)
    {
        foreach (var gateway in LargeModel.GatewaysOf(line))
            Board.Take(Report(line, gateway, state), retained: false);
    }

    private LineReport Report(int line, string gateway, LineState state) => new()
    {
        Site = Model.Site,
        Line = LargeModel.LineName(line),
        Gateway = gateway,
        Boot = "g",
        Sequence = sequences[(line, gateway)] = sequences.GetValueOrDefault((line, gateway)) + 1,
        At = clock.GetUtcNow(),
        ValidForMs = 120_000,
        State = state,
        Since = clock.GetUtcNow(),
        Batch = state == LineState.Active ? "B-1" : "",
        Reason = state == LineState.Active ? "the filler is in Execute" : "every condition holds",
        Conditions = [],
        ConfigurationHash = Model.Hash,
    };

    private GatewayStatus Status(string name) => new()
    {
        Site = Model.Site,
        Gateway = name,
        Boot = "g",
        Online = true,
        At = clock.GetUtcNow(),
        ValidForMs = 120_000,
        ConfigurationHash = Model.Hash,
        JournalWritable = true,
    };

    private CoverageDigest Digests(GatewayNode gateway) => new()
    {
        Site = Model.Site,
        Gateway = gateway.Name,
        Boot = "g",
        Sequence = 1,
        At = clock.GetUtcNow(),
        ValidForMs = 120_000,
        ConfigurationHash = Model.Hash,
        Servers = [.. gateway.Servers.Select(server => new ServerCoverage { Server = server, ProvenUntil = clock.GetUtcNow(), UnbrokenSince = clock.GetUtcNow() })],
    };

    private AgentStatus Agent(string host) => new()
    {
        Site = Model.Site,
        Host = host,
        Boot = "a",
        Online = true,
        At = clock.GetUtcNow(),
        ValidForMs = 120_000,
        Version = "1.0",
        // As they come from a message: texts of their own.
        Procedures = [new InstalledProcedure(new string(Procedure), new string(Digest), 1_200_000, ["install", "reboot"])],
        PinnedKey = new string(Key),
    };

    private JobFacts Job(Host host, int number) => new()
    {
        Id = "J-" + host.Name,
        Host = host.Name,
        Procedure = Procedure,
        PatchDigest = Digest,
        ContentHash = Digest,
        ExpectedDuration = TimeSpan.FromMinutes(20),
        RequestedBy = "Ann",
        Campaign = number % 5 == 4 ? Campaign : null,
        Wave = number % 5 != 4 ? 0 : number < 100 ? 0 : number < 1_000 ? 1 : 2,
        ApprovalsRequired = 1,
        Approvals = [new ApprovalFact("Bob", Digest, Now)],
    };

    private static RunFacts Run(PlantHost host, JobFacts job) => new()
    {
        Id = job.Id + ".1",
        JobId = job.Id,
        Job = job,
        Host = host.Name,
        Place = host,
        Lines = host.Host.Lines,
        State = RunState.Armed,
        Priority = 0,
        Campaign = job.Campaign,
        ProcedureDigest = Digest,
    };

    /// <summary>The campaign with the plan that the product makes for it.</summary>
    private CampaignFacts Planned(List<JobFacts> jobs)
    {
        var members = jobs.Where(job => job.Campaign is not null).ToList();
        var campaign = new CampaignFacts
        {
            Id = Campaign,
            ContentHash = Digest,
            Concurrency = 500,
            HaltAfter = 3,
            Waves = [.. members.GroupBy(job => job.Wave).OrderBy(wave => wave.Key).Select(wave => new WaveFacts
            {
                Name = $"wave {wave.Key}",
                Success = 90,
                Soak = TimeSpan.FromDays(1),
                Jobs = [.. wave.Select(job => new WaveJob(job.Id, job.Host, RunState.Armed, Now))],
            })],
        };
        var site = Snapshot();
        return campaign with { Plan = Planner.Plan(PlanDraft.OfCampaign(campaign, site, Now, Now.AddDays(365), TimeSpan.FromMinutes(1)), campaign) };
    }
}
