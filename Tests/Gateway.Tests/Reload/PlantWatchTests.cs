using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using PatchEdge.Gateway.Reload;
using PatchEdge.Plant.Files;

namespace PatchEdge.Gateway.Tests.Reload;

public sealed class PlantWatchTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly TemporaryFolder folder = new();
    private readonly Channel<string> applied = Channel.CreateUnbounded<string>();
    private readonly Channel<string?> told = Channel.CreateUnbounded<string?>();
    private string? obstacle;
    private PlantWatch? watch;

    [Fact]
    public async Task Valid_change_is_applied_and_the_same_content_is_not_applied_again()
    {
        Start(Plant("A"));
        Assert.Null(await NextAsync(told.Reader));
        Write(Plant("B"));
        Assert.Equal("B", await NextAsync(applied.Reader));
        Write(Plant("B") + "# a comment changes nothing that it says\n");
        Assert.Null(await NextAsync(told.Reader));
        Assert.Null(await NextAsync(told.Reader));
        Write(Plant("C"));
        Assert.Equal("C", await NextAsync(applied.Reader));
    }

    [Fact]
    public async Task Errors_are_told_once_with_file_and_line()
    {
        Start(Plant("A"));
        Assert.Null(await NextAsync(told.Reader));
        Write(Plant("B").Replace("url:", "ulr:", StringComparison.Ordinal));
        Assert.StartsWith($"{folder.File("plant.yaml")}:3: servers.plc", await NextAsync(told.Reader), StringComparison.Ordinal);
        for (var hint = 0; hint < 5; hint++)
            watch!.Hint();
        Write(Plant("C"));
        Assert.Equal("C", await NextAsync(applied.Reader));
        Assert.Null(await NextAsync(told.Reader));
    }

    [Fact]
    public async Task Deleted_file_is_told_and_a_restart_is_asked_for_where_it_is_needed()
    {
        Start(Plant("A"));
        Assert.Null(await NextAsync(told.Reader));
        File.Delete(folder.File("plant.yaml"));
        Assert.Contains("does not exist", await NextAsync(told.Reader), StringComparison.Ordinal);
        obstacle = "server 'plc' has other settings";
        Write(Plant("B"));
        Assert.Contains("only be taken over by a restart: server 'plc'", await NextAsync(told.Reader), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        if (watch is not null)
            await watch.DisposeAsync();
        folder.Dispose();
    }

    private static string Plant(string site) => $$"""
        site: {{site}}
        defaults: { security: "None:None", nodes: "nsu=urn:x;s=" }
        servers: { plc: { url: "opc.tcp://plc:4840" } }
        gateways: { g: { servers: [plc] } }
        areas: { Area: { lines: { L: { servers: [plc], always-on: true, tags: { T: } } } } }

        """;

    private static async Task<T> NextAsync<T>(ChannelReader<T> reader)
    {
        using var deadline = new CancellationTokenSource(Patience);
        return await reader.ReadAsync(deadline.Token);
    }

    private void Start(string plant)
    {
        var file = folder.Write("plant.yaml", plant);
        watch = new PlantWatch(
            file, null, PlantFile.Read(file).Hash,
            async (document, cancel) =>
            {
                if (obstacle is null)
                    await applied.Writer.WriteAsync(document.Model.Site, cancel);
                return obstacle;
            },
            async (trouble, cancel) => await told.Writer.WriteAsync(trouble, cancel), TimeProvider.System, NullLogger.Instance);
    }

    private void Write(string text) => FileReplacement.Write(folder.File("plant.yaml"), System.Text.Encoding.UTF8.GetBytes(text));
}
