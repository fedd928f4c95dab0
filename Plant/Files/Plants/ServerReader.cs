using System.Collections.Immutable;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files.Plants;

/// <summary>Reads one of <c>servers</c>.</summary>
internal static class ServerReader
{
    public const int HighestCount = 12_000;

    public static readonly TimeSpan ShortestPublishing = TimeSpan.FromMilliseconds(10);
    public static readonly TimeSpan LongestPublishing = TimeSpan.FromMinutes(1);

    /// <summary>Policy and mode together, as OPC 10000-7 names them.</summary>
    public static readonly ImmutableArray<string> Securities =
    [
        "Basic256Sha256:SignAndEncrypt", "Basic256Sha256:Sign",
        "Aes128_Sha256_RsaOaep:SignAndEncrypt", "Aes128_Sha256_RsaOaep:Sign",
        "Aes256_Sha256_RsaPss:SignAndEncrypt", "Aes256_Sha256_RsaPss:Sign",
        "None:None",
    ];

    /// <summary>The defaults as a redundancy set changes them for its members.</summary>
    public static PlantDefaults Inherit(ConfigurationSection set, PlantDefaults defaults) => defaults with
    {
        Security = set.OptionalOneOf("security", Securities, "security") ?? defaults.Security,
        User = set.OptionalText("user"),
        PasswordFile = set.OptionalFilePath("password-file"),
        Publishing = set.Duration("publishing", defaults.Publishing, ShortestPublishing, LongestPublishing),
        KeepAliveCount = set.Int("keep-alive-count", defaults.KeepAliveCount, 1, HighestCount),
        LifetimeCount = set.Int("lifetime-count", defaults.LifetimeCount, 3, HighestCount),
    };

    public static OpcUaServer Read(ConfigurationSection section, PlantDefaults defaults, ImmutableArray<string> hosts)
    {
        var security = section.OneOf("security", Securities, defaults.Security, "security").Split(':');
        var server = new OpcUaServer
        {
            Name = section.Name,
            Url = section.Url("url", null, "opc.tcp"),
            SecurityPolicy = security[0],
            SecurityMode = security[^1],
            User = section.OptionalText("user") ?? defaults.User,
            PasswordFile = section.OptionalFilePath("password-file") ?? defaults.PasswordFile,
            Host = section.OptionalOneOf("host", hosts, "host"),
            PublishingInterval = section.Duration("publishing", defaults.Publishing, ShortestPublishing, LongestPublishing),
            KeepAliveCount = (uint)section.Int("keep-alive-count", defaults.KeepAliveCount, 1, HighestCount),
            LifetimeCount = (uint)section.Int("lifetime-count", defaults.LifetimeCount, 3, HighestCount),
        };
        if (server.User is null != server.PasswordFile is null)
            section.Error(server.User is null ? "password-file" : "user", "user and password-file go together: give both, or neither to connect anonymously");
        if (server.LifetimeCount < 3 * server.KeepAliveCount)
            section.Error("lifetime-count", $"{server.LifetimeCount} is less than three times the keep-alive-count {server.KeepAliveCount}: raise it to at least {3 * server.KeepAliveCount}");
        return server;
    }
}
