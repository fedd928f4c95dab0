using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Storage.Lease;

/// <summary>A leader that hears nothing of the plant can release nothing: it hands the lease to a scheduler that hears it, and to no other.</summary>
[Trait("Req", "hostile-54")]
[Trait("Req", "hostile-62")]
public sealed class StepDownTests : IAsyncLifetime
{
    /// <summary>Long enough not to end while a test goes on; the schedulers' own clocks are the test's.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    private Postgres server = null!;
    private string database = "";
    private Contender a = null!;
    private Contender b = null!;

    public async ValueTask InitializeAsync()
    {
        (server, database) = await OnPostgres.CreateAsync();
        a = await Contender.PrepareAsync(server, database, "a", Facts.Now, Lease);
        b = await Contender.PrepareAsync(server, database, "b", Facts.Now, Lease);
    }

    public async ValueTask DisposeAsync()
    {
        // Null when the test was skipped for want of the program.
        if (a is not null)
            await a.DisposeAsync();
        if (b is not null)
            await b.DisposeAsync();
    }

    [Fact]
    public async Task Leader_that_hears_nothing_hands_over_to_one_that_has_heard_the_plant_for_a_while()
    {
        Assert.Equal(1, await a.TurnAsync());
        Assert.Null(await b.TurnAsync());
        await SettleAsync();
        a.Hears = false;
        a.Time.Advance(Contender.Patience - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await a.TurnAsync());
        a.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Null(await a.TurnAsync());
        // It leaves the lease, which is free, to the other.
        Assert.Null(await a.TurnAsync());
        Assert.Equal(2, await b.TurnAsync());
        Assert.False(a.Leadership.Acts);
    }

    [Fact]
    public async Task Leader_that_hears_nothing_stays_while_nobody_else_hears_more_or_has_only_begun_to()
    {
        b.Hears = false;
        Assert.Equal(1, await a.TurnAsync());
        Assert.Null(await b.TurnAsync());
        a.Hears = false;
        a.Time.Advance(Contender.Patience);
        Assert.Equal(1, await a.TurnAsync());

        b.Hears = true;
        Assert.Null(await b.TurnAsync());
        Assert.Equal(1, await a.TurnAsync());

        // One that was not seen for a lease, or is another program's, is nobody to hand it to.
        await SettleAsync();
        await server.AskAsync(database, """UPDATE candidate SET "Schema" = 1 WHERE "Name" = 'b'""");
        Assert.Equal(1, await a.TurnAsync());
        Assert.Null(await b.TurnAsync());
        await server.AskAsync(database, $"""UPDATE candidate SET "SeenAt" = "SeenAt" - {Lease.TotalMilliseconds} WHERE "Name" = 'b'""");
        Assert.Equal(1, await a.TurnAsync());
    }

    [Fact]
    public async Task Lease_does_not_go_to_and_fro_between_two_whose_brokers_fail_by_turns()
    {
        Assert.Equal(1, await a.TurnAsync());
        Assert.Null(await b.TurnAsync());
        await SettleAsync();
        a.Hears = false;
        a.Time.Advance(Contender.Patience);
        Assert.Null(await a.TurnAsync());
        Assert.Equal(2, await b.TurnAsync());

        (a.Hears, b.Hears) = (true, false);
        Assert.Null(await a.TurnAsync());
        await SettleAsync();
        b.Time.Advance(Contender.Patience);
        Assert.Equal(2, await b.TurnAsync());

        // Until whoever gave it up last has waited.
        await server.AskAsync(database, $"""UPDATE candidate SET "SteppedDownAt" = "SteppedDownAt" - {(Contender.Patience * Candidate.HoldOff).TotalMilliseconds} WHERE "Name" = 'a'""");
        Assert.Null(await b.TurnAsync());
        Assert.Equal(3, await a.TurnAsync());

        // And whoever gave it up last hands nothing on either.
        (a.Hears, b.Hears) = (false, true);
        Assert.Null(await b.TurnAsync());
        await SettleAsync();
        await server.AskAsync(database, """UPDATE candidate SET "SteppedDownAt" = NULL""");
        a.Time.Advance(Contender.Patience);
        Assert.Equal(3, await a.TurnAsync());
        a.Time.Advance(Contender.Patience * Candidate.HoldOff);
        Assert.Null(await a.TurnAsync());
    }

    [Fact]
    public async Task Free_lease_is_left_to_who_hears_the_plant_though_not_for_ever()
    {
        Assert.Equal(1, await a.TurnAsync());
        Assert.Null(await b.TurnAsync());
        a.Hears = false;
        await server.AskAsync(database, """UPDATE lease SET "ExpiresAt" = patchedge_now()""");
        Assert.Null(await a.TurnAsync());
        Assert.Null(await a.TurnAsync());

        a.Time.Advance(Lease);

        Assert.Equal(2, await a.TurnAsync());
    }

    [Fact]
    public async Task Who_has_ended_is_not_waited_for()
    {
        Assert.Equal(1, await a.TurnAsync());
        b.Hears = false;
        Assert.Null(await b.TurnAsync());

        await a.Keeper.StopAsync(TestContext.Current.CancellationToken);
        Assert.Null(await b.TurnAsync());

        Assert.Equal(2, await b.TurnAsync());
    }

    /// <summary>Whoever hears the plant has done so for a while, by the database's clock.</summary>
    private Task<string> SettleAsync() => server.AskAsync(database, $"""UPDATE candidate SET "HearsSince" = "HearsSince" - {Lease.TotalMilliseconds}""");
}
