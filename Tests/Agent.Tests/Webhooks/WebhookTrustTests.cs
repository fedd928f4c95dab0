using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PatchEdge.Agent.Execution;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Agent.Webhooks;
using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.Tests.Webhooks;

/// <summary>Whom a step is handed to over TLS: a far end that cannot prove who it is has started nothing.</summary>
public sealed class WebhookTrustTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TlsAuthority authority;

    public WebhookTrustTests()
    {
        folder.WriteSecret("secret", "0123456789abcdef0123456789abcdef");
        authority = new TlsAuthority(folder);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, false, "ca.pem", nameof(StepEnd.Exited))]
    [InlineData(null, false, null, nameof(StepEnd.NotStarted))]
    [InlineData(null, false, "other.pem", nameof(StepEnd.NotStarted))]
    [InlineData("elsewhere.example", false, "ca.pem", nameof(StepEnd.NotStarted))]
    [InlineData(null, true, "ca.pem", nameof(StepEnd.NotStarted))]
    [InlineData(null, false, "missing.pem", nameof(StepEnd.NotStarted))]
    public async Task Far_end_is_vouched_for_by_the_files_authorities_alone(string? name, bool ended, string? authorities, string end)
    {
        using var other = new TlsAuthority(folder, "other");
        var (certificate, key) = authority.Issue(name, ended);
        var calls = 0;
        await using var far = await StartAsync(certificate, key, () => calls++);

        var result = await WebhookStep.RunAsync(
            new Step
            {
                Name = "update", Command = [], Timeout = TimeSpan.FromMinutes(1),
                Webhook = new Webhook { Url = far.Urls.First() + "/hook", SecretFile = "secret", Authorities = authorities },
            },
            folder.Path, StepVariablesOf(), _ => throw new InvalidOperationException("A webhook starts no process."), TimeProvider.System, Cancellation);

        Assert.Equal(end, result.End.ToString());
        Assert.Equal(end == nameof(StepEnd.Exited) ? 1 : 0, calls);
    }

    [Theory]
    [InlineData("authorities: ca.pem", "https", null)]
    [InlineData("authorities: ca.pem", "http", "by https")]
    [InlineData("authorities: missing.pem", "https", "cannot be used")]
    [InlineData("authorities: secret", "https", "no certificate")]
    public void Authorities_are_checked_when_the_procedure_is_read(string line, string scheme, string? mistake)
    {
        var file = folder.Write("update.yaml", $$"""
            name: update
            steps:
              - name: update
                webhook: { url: '{{scheme}}://127.0.0.1:1/', secret-file: secret, {{line}} }
                timeout: 1m

            """);
        if (mistake is null)
            Assert.Equal("ca.pem", ProcedureFile.Read(file).Steps[0].Webhook!.Authorities);
        else
            Assert.Contains(Assert.Throws<ConfigurationException>(() => ProcedureFile.Read(file)).Errors, error => error.Key.EndsWith("authorities", StringComparison.Ordinal) && error.Message.Contains(mistake, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    private static async Task<WebApplication> StartAsync(string certificate, string key, Action called)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        var own = new TlsFiles(certificate, key).Load();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(own)));
        var app = builder.Build();
        app.Run(context =>
        {
            called();
            return context.Response.WriteAsync("""{"status":"succeeded"}""");
        });
        await app.StartAsync(Cancellation);
        return app;
    }

    private static Dictionary<string, string> StepVariablesOf() => new()
    {
        [StepVariables.Site] = "Demo",
        [StepVariables.Host] = "host",
        [StepVariables.Run] = "run-1",
        [StepVariables.Token] = "7",
        [StepVariables.Lines] = "Filling",
        [StepVariables.Step] = "update",
        [StepVariables.PatchDigest] = SchedulerKey.Patch,
        [StepVariables.Permit] = "the-permit",
    };
}
