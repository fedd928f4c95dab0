using System.CommandLine;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary>What every command that connects to a server by its URL takes.</summary>
internal sealed class ConnectionArguments
{
    private readonly Argument<string> url = new("URL") { Description = "opc.tcp://host:port/path" };
    private readonly Option<string?> security = new("--security")
    {
        Description = "POLICY:MODE, such as Basic256Sha256:SignAndEncrypt or None. Without it: None if offered and no user is given, else the strongest offered.",
    };

    private readonly Option<string?> user = new("--user") { Description = "User name; needs --password-file." };
    private readonly Option<FileInfo?> passwordFile = new("--password-file") { Description = "File with the password, readable by its owner only." };
    private readonly Option<DirectoryInfo?> pki = new("--pki") { Description = "Directory of the own certificate and the trust lists." };
    private readonly Option<string?> applicationUri = new("--application-uri") { Description = "Whose the certificate in --pki is to be when there is none yet: for a gateway's, its application-uri." };
    private readonly Option<bool> trust = new("--trust") { Description = "Trust the server's certificate from now on, whatever it is." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(url);
        AddOptionsTo(command);
    }

    /// <summary>All but the URL, for a command that has it from elsewhere.</summary>
    public void AddOptionsTo(Command command)
    {
        command.Options.Add(security);
        command.Options.Add(user);
        command.Options.Add(passwordFile);
        command.Options.Add(pki);
        command.Options.Add(applicationUri);
        command.Options.Add(trust);
    }

    public string Url(ParseResult parsed) => UrlOf(parsed.GetValue(url)!);

    /// <summary>Connects; the caller disposes.</summary>
    public Task<UaClient> ConnectAsync(ParseResult parsed, CancellationToken cancel) => ConnectAsync(parsed, Url(parsed), cancel);

    /// <summary>As the other, to an address from elsewhere.</summary>
    public async Task<UaClient> ConnectAsync(ParseResult parsed, string address, CancellationToken cancel)
    {
        var identity = Identity(parsed);
        var (policy, mode) = parsed.GetValue(security) is { } chosen
            ? ParseSecurity(chosen)
            : await ChooseAsync(address, identity is not UserIdentity.AnonymousIdentity, cancel).ConfigureAwait(false);
        var store = new CertificateStore(PkiDirectory(parsed), TimeProvider.System);
        if (policy != SecurityPolicy.None && parsed.GetValue(trust))
            await TrustAsync(address, policy, mode, store, cancel).ConfigureAwait(false);
        var client = new UaClient(new UaClientOptions
        {
            EndpointUrl = address,
            SecurityPolicy = policy,
            MessageSecurityMode = mode,
            UserIdentity = identity,
            CertificateStore = store,
            ApplicationName = "PatchEdge gateway tools",
            ApplicationUri = ApplicationUri(parsed, store, policy),
        });
        client.Diagnostics += diagnostic =>
        {
            if (diagnostic is UaClientEvent.SecurityWarning warning)
                Console.Error.WriteLine(Printable.Line(warning.What));
        };
        try
        {
            await client.ConnectAsync(cancel).ConfigureAwait(false);
            return client;
        }
        catch (Exception exception)
        {
            await client.DisposeAsync().ConfigureAwait(false);
            if (exception is UaException refused && ServerConnection.TrustHint(refused, store) is { Length: > 0 } hint)
                await Console.Error.WriteLineAsync(hint.TrimStart()).ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="UsageException">No URL of a server.</exception>
    public static string UrlOf(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == "opc.tcp" && address.Host.Length > 0 ? text
            : throw new UsageException($"'{text}' is no URL of an OPC UA server. Write opc.tcp://host:port/path.");

    /// <exception cref="UsageException">Not a policy and a mode that go together.</exception>
    public static (SecurityPolicy Policy, MessageSecurityMode Mode) ParseSecurity(string text)
    {
        var parts = text.Split(':');
        if (parts is ["None"] or ["None", "None"])
            return (SecurityPolicy.None, MessageSecurityMode.None);
        if (parts is [var policyText, var modeText]
            && Enum.GetNames<SecurityPolicy>().Contains(policyText) && Enum.Parse<SecurityPolicy>(policyText) is not SecurityPolicy.None and var policy
            && modeText is nameof(MessageSecurityMode.Sign) or nameof(MessageSecurityMode.SignAndEncrypt))
            return (policy, Enum.Parse<MessageSecurityMode>(modeText));
        throw new UsageException($"'{text}' is no security. Write None, or POLICY:MODE with policy {string.Join(", ", Enum.GetNames<SecurityPolicy>().Skip(1))} and mode Sign or SignAndEncrypt.");
    }

    /// <summary>Policy and mode of an endpoint when this program speaks them, else null.</summary>
    public static (SecurityPolicy Policy, MessageSecurityMode Mode)? Speaks(EndpointDescription endpoint) =>
        PolicyProfile.TryFind(endpoint.SecurityPolicyUri, out var profile)
        && endpoint.TransportProfileUri is null or "" or "http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary"
            ? (profile.Policy, endpoint.SecurityMode) : null;

    private static async Task<(SecurityPolicy Policy, MessageSecurityMode Mode)> ChooseAsync(string address, bool withPassword, CancellationToken cancel)
    {
        var endpoints = await UaDiscovery.GetEndpointsAsync(address, new DiscoveryOptions(), cancel).ConfigureAwait(false);
        var spoken = endpoints.Where(endpoint => Speaks(endpoint) is not null).OrderByDescending(endpoint => endpoint.SecurityMode).ThenByDescending(endpoint => endpoint.SecurityLevel).ToList();
        var chosen = (withPassword ? null : spoken.Find(endpoint => endpoint.SecurityMode == MessageSecurityMode.None)) ?? spoken.FirstOrDefault()
            ?? throw new UsageException($"{address} offers no security that this program speaks. See 'endpoints {address}'.");
        var (policy, mode) = Speaks(chosen)!.Value;
        await Console.Error.WriteLineAsync($"Security {policy}:{mode}; choose another with --security.").ConfigureAwait(false);
        return (policy, mode);
    }

    private static async Task TrustAsync(string address, SecurityPolicy policy, MessageSecurityMode mode, CertificateStore store, CancellationToken cancel)
    {
        var endpoints = await UaDiscovery.GetEndpointsAsync(address, new DiscoveryOptions(), cancel).ConfigureAwait(false);
        if (endpoints.FirstOrDefault(endpoint => Speaks(endpoint) == (policy, mode))?.ServerCertificate is not { Length: > 0 } der)
            return;
        var certificate = UaCertificate.Read(der, "the server's endpoint description");
        store.Trust(certificate);
        await Console.Error.WriteLineAsync(Printable.Line($"Trusting {certificate} from now on; it is in {store.TrustedDirectory}.")).ConfigureAwait(false);
    }

    /// <summary>That of the certificate which is there already, such as a gateway's own; else one for these tools in their own directory.</summary>
    /// <exception cref="UsageException">A certificate would be made in somebody else's directory, and nobody said whose it shall be: a gateway would find it with a name that is not its own.</exception>
    private string ApplicationUri(ParseResult parsed, CertificateStore store, SecurityPolicy policy)
    {
        var own = Path.Combine(store.OwnDirectory, "certificate.der");
        if ((File.Exists(own) ? UaCertificate.Read(File.ReadAllBytes(own), own).ApplicationUris : null) is [var uri, ..])
            return uri;
        if (parsed.GetValue(applicationUri) is { Length: > 0 } chosen)
            return chosen;
        return policy == SecurityPolicy.None || parsed.GetValue(pki) is null ? $"urn:{Environment.MachineName.ToLowerInvariant()}:patchedge:tools"
            : throw new UsageException($"there is no certificate in {store.OwnDirectory} yet: start the gateway once, which makes its own, or say whose it shall be with --application-uri URI, as gateway.yaml has it.");
    }

    private UserIdentity Identity(ParseResult parsed)
    {
        if (parsed.GetValue(user) is not { } name)
            return parsed.GetValue(passwordFile) is null ? UserIdentity.Anonymous : throw new UsageException("--password-file needs --user.");
        var file = parsed.GetValue(passwordFile) ?? throw new UsageException("--user needs --password-file.");
        return UserIdentity.UserName(name, SecretFile.ReadText(file.FullName));
    }

    private string PkiDirectory(ParseResult parsed) =>
        parsed.GetValue(pki)?.FullName
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "patchedge", "pki");
}
