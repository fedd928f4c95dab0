namespace PatchEdge.Programs;

/// <summary>Debian's mosquitto as the broker, on a loopback port, with the given accounts or none.</summary>
public sealed class Mosquitto : IAsyncDisposable
{
    private readonly RunningProgram program;

    private Mosquitto(RunningProgram program, int port)
    {
        this.program = program;
        Port = port;
    }

    public int Port { get; }

    public RunningProgram Program => program;

    /// <param name="folder">For its configuration.</param>
    /// <param name="port">0 chooses a free one.</param>
    /// <param name="configuration">Further lines of its configuration; null allows anonymous clients.</param>
    public static async Task<Mosquitto> StartAsync(TemporaryFolder folder, int port = 0, string? configuration = null)
    {
        var file = Installed.Require("mosquitto", "mosquitto");
        port = port == 0 ? FreePorts.One() : port;
        var settings = folder.Write($"mosquitto-{port}.conf", $"""
            listener {port} 127.0.0.1
            user root
            persistence false
            log_dest stderr
            log_type all
            {configuration ?? "allow_anonymous true"}

            """);
        var program = RunningProgram.Start("mosquitto", file, ["-c", settings]);
        await program.LineAsync("running", TimeSpan.FromSeconds(15));
        return new Mosquitto(program, port);
    }

    public ValueTask DisposeAsync() => program.DisposeAsync();
}
