using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Scheduler.Access.Accounts;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Continuity;
using PatchEdge.Scheduler.Execution.Permits;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Storage.Lease;

/// <summary>What of a scheduler contends for the lease, under a clock of its own that the test moves; its turns are the test's to call.</summary>
internal sealed class Contender : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TestFolder folder = new();
    private readonly PermitSigner signer;

    private Contender(Postgres server, string database, string name, DateTimeOffset now, TimeSpan length)
    {
        Time = new FakeTimeProvider(now);
        folder.Write(SchedulerFile.Name,
            $"name: {name}\nmqtt: {{ broker: \"mqtt://127.0.0.1\" }}\ndatabase: {{ url: \"postgresql://127.0.0.1:{server.Port}/{database}\", user: {Postgres.User}, lease: {length.TotalSeconds}s, broker-patience: {Patience.TotalSeconds}s }}\n");
        var options = SchedulerFile.Read(folder.Root);
        Place = StoragePlace.Of(options);
        signer = PermitSigner.Open(folder["secrets/scheduler.key.pem"]);
        Leadership = new Leadership(name, isShared: true, Time);
        var holder = Guid.NewGuid().ToString("N");
        Store = new LeaseStore(Place.Server!, holder, Schema.Version);
        Keeper = new LeaseKeeper(
            Store, new CandidateStore(Place.Server!, name, holder, Schema.Version), new PlantReach(() => Hears, Time), new SharedConfiguration(options, Time), Leadership, signer, new ConsoleAddress($"http://{name}"), options, Time, NullLogger<LeaseKeeper>.Instance);
    }

    public FakeTimeProvider Time { get; }

    /// <summary>A gateway or an agent is heard over the broker.</summary>
    public bool Hears { get; set; } = true;

    public StoragePlace Place { get; }

    public Leadership Leadership { get; }

    public LeaseStore Store { get; }

    public LeaseKeeper Keeper { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="server">The database's.</param>
    /// <param name="database">Prepared by the first that comes.</param>
    /// <param name="name">Of the scheduler.</param>
    /// <param name="now">What its host's clock says, which is nothing to rely on.</param>
    /// <param name="length">Of a lease.</param>
    public static async Task<Contender> PrepareAsync(Postgres server, string database, string name, DateTimeOffset now, TimeSpan length)
    {
        var contender = new Contender(server, database, name, now, length);
        await using var db = contender.Open();
        var (continuity, accounts) = (new DbContextOptionsBuilder<ContinuityDb>(), new DbContextOptionsBuilder<AccountsDb>());
        contender.Place.UseContinuity(continuity);
        contender.Place.UseAccounts(accounts);
        await using var second = new ContinuityDb(continuity.Options);
        await using var third = new AccountsDb(accounts.Options);
        await contender.Place.PrepareAsync(db, second, third, () => Task.CompletedTask, Cancellation);
        return contender;
    }

    /// <summary>One look at the lease; a term that it has is taken up at once, as the runner does.</summary>
    public async Task<long?> TurnAsync()
    {
        await Keeper.TurnAsync(Cancellation);
        if (Leadership.Epoch is { } epoch)
            Leadership.Act(epoch);
        return Leadership.Epoch;
    }

    public SchedulerDb Open()
    {
        var options = new DbContextOptionsBuilder<SchedulerDb>();
        Place.UseScheduler(options, Leadership);
        return new SchedulerDb(options.Options);
    }

    public async ValueTask DisposeAsync()
    {
        Keeper.Dispose();
        await Place.DisposeAsync();
        signer.Dispose();
        folder.Dispose();
    }
}
