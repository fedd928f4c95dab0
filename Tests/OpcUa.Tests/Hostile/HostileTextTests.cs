using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Tests.Client;
using PatchEdge.OpcUa.Tests.Security;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>Escapes, line ends and changes of direction in texts of a peer: nothing that we word ourselves carries them on.</summary>
[Collection(nameof(Alone))]
public sealed class HostileTextTests
{
    private const string Spiteful = "\u001b[2J\u001b]0;owned\u0007\r\nERROR all is well\u202Egnp.exe\u2028\u0085<script>";

    [Fact]
    [Hostile(17)]
    public void Message_of_an_exception_is_safe_to_print()
    {
        var failure = new UaException(StatusCodes.BadNodeIdInvalid, Spiteful, Spiteful, Spiteful);
        foreach (var text in (string[])[failure.Message, failure.What, failure.Where, failure.Expected!])
            Assert.DoesNotContain(text, character => char.IsControl(character) || character is '\u202E' or '\u2028');
        Assert.Equal("Prüfstand 7 – läuft", new UaException(StatusCodes.Bad, "Prüfstand 7 – läuft", "x").What);
        Assert.InRange(new UaException(StatusCodes.Bad, new string('x', 1_000_000), "x").Message.Length, 1, 3000);
    }

    [Fact]
    [Hostile(17)]
    public async Task Diagnostics_of_a_server_are_safe_to_print()
    {
        await using var server = new ScriptedServer();
        await using var client = await server.ConnectAsync();
        server.Script = request => request is ReadRequest
            ? new ServiceFault { ResponseHeader = new ResponseHeader { ServiceResult = StatusCodes.BadUserAccessDenied, ServiceDiagnostics = new DiagnosticInfo { AdditionalInfo = Spiteful } } }
            : null;
        var refused = await Assert.ThrowsAsync<UaException>(() => client.ReadValueAsync(85, TestContext.Current.CancellationToken));
        Assert.Contains("all is well", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refused.Message, char.IsControl);
    }

    [Fact]
    [Hostile(17)]
    public void Names_in_a_certificate_are_safe_to_print()
    {
        using var directory = new TestDirectory();
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TestAuthority.Now);
        var store = new CertificateStore(directory.Path, time);
        var der = TestAuthority.Root("x\\0A\\1B[2J" + new string('n', 60)).Der;
        var verdict = new CertificateValidator(store, time).Validate(der, new CertificateExpectation { Policy = SecurityPolicy.Basic256Sha256, Role = CertificateRole.Server });
        Assert.Equal(CertificateFault.Untrusted, verdict.Fault);
        Assert.DoesNotContain(Assert.Throws<UaException>(() => verdict.Require("test")).Message, char.IsControl);
        Assert.DoesNotContain(verdict.Reason, char.IsControl);
    }
}
