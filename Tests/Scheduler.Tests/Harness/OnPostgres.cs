using PatchEdge.Scheduler.Tests.Harness;

[assembly: AssemblyFixture(typeof(OnPostgres))]

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>One PostgreSQL for all tests of this process that want one, with a database for each. PATCHEDGE_SCHEDULER_ON_POSTGRES=1 has every running scheduler use it.</summary>
public sealed class OnPostgres : IAsyncLifetime
{
    private static readonly SemaphoreSlim One = new(1);
    private static TemporaryFolder? folder;
    private static Postgres? server;
    private static int databases;

    internal static bool ForAll => Environment.GetEnvironmentVariable("PATCHEDGE_SCHEDULER_ON_POSTGRES") == "1";

    /// <summary>A database of the caller's own.</summary>
    public static async Task<(Postgres Server, string Database)> CreateAsync()
    {
        await One.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            server ??= await Postgres.StartAsync(folder ??= new TemporaryFolder());
            return (server, await server.CreateAsync($"test{++databases}"));
        }
        finally
        {
            One.Release();
        }
    }

    /// <summary>Lines of scheduler.yaml; none unless the environment asks for them.</summary>
    /// <remarks>The lease outlasts what a test's own clock skips, since the database's goes on as it does.</remarks>
    internal static async Task<string> ConfigurationAsync()
    {
        if (!ForAll)
            return "";
        var (postgres, database) = await CreateAsync();
        return $"name: tested\ndatabase: {{ url: \"postgresql://127.0.0.1:{postgres.Port}/{database}\", user: {Postgres.User}, lease: 5m }}\n";
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        folder?.Dispose();
        One.Dispose();
    }
}
