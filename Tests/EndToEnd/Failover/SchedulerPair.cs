using System.Globalization;
using System.Text.RegularExpressions;
using PatchEdge.EndToEnd.Release;

namespace PatchEdge.EndToEnd.Failover;

/// <summary>Two schedulers over one PostgreSQL database, as processes; which of them leads is what the last to say so said.</summary>
/// <remarks>As in a plant the database is reached over TLS and with a password; each has a cable of its own to the broker.</remarks>
internal sealed class SchedulerPair(Postgres database, string name, TlsAuthority authority) : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan BrokerPatience = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, RunningProgram> running = [];
    private readonly List<RunningProgram> ended = [];
    private readonly Dictionary<string, BrokerCable> cables = [];
    private PlantUnderTest plant = null!;

    /// <summary>Everything that any of them printed.</summary>
    public string Output => string.Join(Environment.NewLine, ended.Concat(running.Values).Select(program => $"--- {program.Name}{Environment.NewLine}{program.Output}"));

    /// <summary>The name of who leads, and in which term.</summary>
    public (string Name, int Term) Leader => running.Select(pair => (pair.Key, Term(pair.Value))).MaxBy(pair => pair.Item2);

    public async Task StartAsync(PlantUnderTest under)
    {
        plant = under;
        foreach (var scheduler in (string[])["a", "b"])
        {
            cables[scheduler] = new BrokerCable(plant.Broker.Port);
            plant.Folder.WriteSecret($"{scheduler}/secrets/postgres", Postgres.Password);
            plant.Folder.Write($"{scheduler}/scheduler.yaml", $"""
                name: {scheduler}
                data: data
                listen: http://127.0.0.1:0
                database:
                  url: postgresql://127.0.0.1:{database.Port}/{name}
                  user: {Postgres.Account}
                  password-file: secrets/postgres
                  tls: {'{'} authorities: {authority.File} {'}'}
                  lease: {Lease.TotalSeconds}s
                  broker-patience: {BrokerPatience.TotalSeconds}s
                mqtt:
                  broker: mqtt://127.0.0.1:{cables[scheduler].Port}
                plant: ../config/plant.yaml
                jobs: ../config/jobs
                calendars: ../config/calendars
                signing-key: ../config/secrets/scheduler.key.pem
                permit-lifetime: 6s
                clock-limit: 500ms
                offer-every: 1s
                wake-every: 1s
                verify-for: 1s
                agent-silence: 30s
                attempts: 8
                rest: 1s

                """);
            await StartAsync(scheduler);
        }

        using var first = Api("a");
        await SchedulerApi.ChoosePasswordAsync(running["a"], first.Address);
    }

    /// <summary>Quality assurance signs a job at whoever leads, and again when that one was just about to lose the lease.</summary>
    public Task SignAsync(string job) => Eventually.TrueAsync($"{job} is signed", async () =>
    {
        using var api = Api(Leader.Name);
        if (await api.TrySignAsync(job, () => Output))
            return true;
        // Only so many passwords a minute are looked at.
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        return false;
    }, Patience, () => Output);

    /// <summary>A new process of that name, once it listens.</summary>
    public async Task StartAsync(string scheduler)
    {
        var program = RunningProgram.StartOwn($"scheduler {scheduler}", "Scheduler", "patchedge-scheduler", "run", "--config", plant.Folder.File(scheduler));
        if (running.Remove(scheduler, out var before))
            ended.Add(before);
        running[scheduler] = program;
        await program.LineAsync("Now listening on", Patience);
    }

    public RunningProgram Process(string scheduler) => running[scheduler];

    public BrokerCable Cable(string scheduler) => cables[scheduler];

    /// <summary>Somebody leads in a later term than that one.</summary>
    public Task TakenOverAsync(int after) =>
        Eventually.TrueAsync($"a scheduler leads in a term after {after}", () => Task.FromResult(Leader.Term > after), Patience, () => Output);

    /// <summary>The first row that the database answers.</summary>
    public async Task<string> AskAsync(string sql) => (await database.AskAsync(name, sql)).Trim();

    public async Task<string> CliAsync(string scheduler, int expected, params string[] arguments)
    {
        await using var run = RunningProgram.StartOwn("command", "Scheduler", "patchedge-scheduler", [.. arguments, "--config", plant.Folder.File(scheduler)]);
        var code = await run.ExitAsync(Patience);
        Assert.True(code == expected, $"{string.Join(' ', arguments)} ended with {code}: {run.Output}");
        return run.Output;
    }

    public SchedulerApi Api(string scheduler) => new(plant.Folder.File(scheduler, "data"));

    public async ValueTask DisposeAsync()
    {
        foreach (var program in running.Values.Concat(ended))
            await program.DisposeAsync();
        foreach (var cable in cables.Values)
            await cable.DisposeAsync();
    }

    private static int Term(RunningProgram program) => program.HasExited ? 0
        : Regex.Matches(program.Output, @"leads in term (\d+)").Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();
}
