using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Server;
using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests;

/// <summary>The examples of OpcUa/README.md: what is run here is what is printed there, but for addresses and folders.</summary>
[Collection(nameof(Alone))]
public sealed partial class ReadmeTests : IDisposable
{
    private readonly TestDirectory folder = new();

    // In place of the example's own.
    private string lineUrl = "";
    private string PkiFolder => Path.Combine(folder.Path, "pki");
    private static string AnyPort => "opc.tcp://127.0.0.1:0";

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Connect_example_connects_reads_and_subscribes()
    {
        var stop = TestContext.Current.CancellationToken;
        const string password = "secret";
        var theirs = new CertificateStore(Path.Combine(folder.Path, "server"), TimeProvider.System);
        await using var plant = new UaServer(new UaServerOptions
        {
            EndpointUrl = AnyPort, ApplicationUri = "urn:plant:line1", CertificateStore = theirs, ValidateUser = (name, secret) => name == "operator" && secret == password,
        });
        var index = plant.AddressSpace.AddNamespace("urn:plant:line1");
        plant.AddressSpace.AddVariable(plant.AddressSpace.Objects, new NodeId("Temperature", index), "Temperature", new VariableOptions { DataType = DataTypeIds.Double, InitialValue = new DataValue(21.5) });
        await plant.StartAsync(stop);
        lineUrl = plant.BoundEndpointUrl;
        Introduce(theirs);
        var sink = new RecordingSink();

        // README: Connect
        var pki = new CertificateStore(PkiFolder, TimeProvider.System);
        await using var client = new UaClient(new UaClientOptions
        {
            EndpointUrl = lineUrl,
            ApplicationUri = "urn:plant:gateway",
            CertificateStore = pki,
            UserIdentity = UserIdentity.UserName("operator", password),
        });
        await client.ConnectAsync(stop);
        NodeId tag = await client.ResolveAsync("nsu=urn:plant:line1;s=Temperature", stop);
        DataValue now = await client.ReadValueAsync(tag, stop);
        Subscription watch = await client.SubscribeAsync(new SubscriptionOptions(), sink, stop);
        await watch.AddItemsAsync([new MonitoredItemOptions { ClientHandle = 1, NodeId = tag }], stop);
        // end

        Assert.Equal(21.5, now.Value.Get<double>());
        await sink.ValueAsync(1, 21.5);
        Assert.Equal(Printed("Connect"), Run("Connect"));
    }

    [Fact]
    public async Task Serve_example_serves()
    {
        var stop = TestContext.Current.CancellationToken;

        // README: Serve
        await using var server = new UaServer(new UaServerOptions
        {
            EndpointUrl = AnyPort,
            ApplicationUri = "urn:plant:line1",
            CertificateStore = new CertificateStore(PkiFolder, TimeProvider.System),
        });
        ushort ns = server.AddressSpace.AddNamespace("urn:plant:line1");
        VariableNode temperature = server.AddressSpace.AddVariable(
            server.AddressSpace.Objects, new NodeId("Temperature", ns), "Temperature", new VariableOptions { DataType = DataTypeIds.Double });
        await server.StartAsync(stop);
        temperature.SetValue(21.5);
        // end

        Assert.NotEmpty(await UaDiscovery.GetEndpointsAsync(server.BoundEndpointUrl, new DiscoveryOptions(), stop));
        Assert.Equal(Printed("Serve"), Run("Serve"));
    }

    /// <summary>Every folder and file that it names is there.</summary>
    [Fact]
    public void Links_lead_somewhere()
    {
        var links = Link().Matches(File.ReadAllText(Readme())).Select(match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(Readme())!, link)), link));
    }

    private void Introduce(CertificateStore server)
    {
        var client = new CertificateStore(PkiFolder, TimeProvider.System);
        using var theirs = server.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "PatchEdge", ApplicationUri = "urn:plant:line1" });
        using var ours = client.LoadOrCreateOwn(new ApplicationIdentity { ApplicationName = "PatchEdge", ApplicationUri = "urn:plant:gateway" });
        server.Trust(ours.Certificate);
        client.Trust(theirs.Certificate);
    }

    private static string Printed(string title)
    {
        var text = File.ReadAllText(Readme());
        var start = text.IndexOf("```csharp", text.IndexOf($"## {title}\n", StringComparison.Ordinal), StringComparison.Ordinal) + "```csharp".Length;
        return Bare(text[start..text.IndexOf("```", start, StringComparison.Ordinal)]
            .Replace("\"opc.tcp://line1.plant:4840\"", "lineUrl", StringComparison.Ordinal)
            .Replace("\"opc.tcp://127.0.0.1:4840\"", "AnyPort", StringComparison.Ordinal)
            .Replace("\"pki\"", "PkiFolder", StringComparison.Ordinal));
    }

    private static string Run(string title)
    {
        var text = File.ReadAllText(Here());
        var start = text.IndexOf($"// README: {title}\n", StringComparison.Ordinal);
        return Bare(text[start..text.IndexOf("// end", start, StringComparison.Ordinal)]);
    }

    private static string Bare(string code) => string.Join('\n', Comment().Replace(code, "").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static string Readme() => Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "OpcUa", "README.md");

    private static string Here([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"(?<!:)//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\]\(([^)#:]+)\)")]
    private static partial Regex Link();
}
