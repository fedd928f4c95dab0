using System.Text;

namespace PatchEdge.Plant.Files;

/// <summary>Reads YAML configuration files strictly: every key must be known, given once, of the right type and unit; all errors are told, not only the first.</summary>
/// <remarks>
/// Reading is asking. A section remembers the keys that were asked for; whatever else the file contains is refused as unknown, with the nearest
/// key that was asked for. An accessor that finds an error records it and returns a harmless placeholder, so reading goes on to the next one.
/// <example><code>
/// // name: gw-1
/// // data: ../data/gw-1
/// // mqtt: { broker: mqtt://localhost:1883, keep-alive: 10s }
/// // sinks: { plant-history: { kind: influx-db } }
/// GatewayOptions options = ConfigurationFile.Read("config/gateway.yaml", root => new GatewayOptions
/// {
///     Name = root.NameOf("name"),                          // required: no fallback
///     Data = root.FilePath("data", "data"),                // optional; relative to gateway.yaml's directory
///     Mqtt = ReadMqtt(root.Section("mqtt")),               // required; OptionalSection gives null when absent
///     Sinks = [.. root.Named("sinks").Select(sink => new Sink(sink.Name, sink.Choice("kind", SinkKind.InfluxDb)))],
/// });                                                      // throws ConfigurationException with every error
///
/// static MqttOptions ReadMqtt(ConfigurationSection mqtt) => new()
/// {
///     Broker = mqtt.Url("broker", null, "mqtt", "mqtts"),
///     KeepAlive = mqtt.Duration("keep-alive", TimeSpan.FromSeconds(10), minimum: TimeSpan.FromSeconds(1)),
///     User = mqtt.OptionalText("user"),
/// };
/// </code></example>
/// </remarks>
public static class ConfigurationFile
{
    public const int MaximumBytes = 4 * 1024 * 1024;
    public const int MaximumDepth = 32;
    public const int MaximumNodes = 500_000;
    public const int MaximumTextLength = 64 * 1024;

    /// <summary>Errors told per file; a file with more has one cause that hides the rest.</summary>
    public const int MaximumErrors = 200;

    /// <summary>Reads a file through <paramref name="read"/>, which must not keep the section.</summary>
    /// <exception cref="ConfigurationException">The file is missing, unreadable, too large, or anything in it was refused.</exception>
    public static T Read<T>(string path, Func<ConfigurationSection, T> read) => Parse(ReadAllText(path), path, read);

    /// <summary>As <see cref="Read{T}"/>, from text; <paramref name="path"/> stands in errors and roots relative paths.</summary>
    public static T Parse<T>(string text, string path, Func<ConfigurationSection, T> read) => Parse(text, path, read, (map, _) => map);

    /// <param name="compose">Makes of what the file says what is read: puts in what it includes.</param>
    internal static T Parse<T>(string text, string path, Func<ConfigurationSection, T> read, Func<MapNode, ConfigurationContext, MapNode> compose)
    {
        var errors = new List<ConfigurationError>();
        var context = new ConfigurationContext(path, errors);
        T? result = default;
        if (new ConfigurationParser(path, errors).Parse(text) is { } map)
        {
            map = compose(map, context);
            var root = context.Section(map, map.Place, "", "");
            result = read(root);
            context.RefuseUnaskedKeys();
        }

        return errors.Count == 0 ? result! : throw new ConfigurationException(Told(errors, path, context.Found));
    }

    private static List<ConfigurationError> Told(List<ConfigurationError> errors, string path, int found)
    {
        var told = errors.Distinct().OrderBy(error => error.File == path ? 0 : 1).ThenBy(error => error.Line).ThenBy(error => error.Column).Take(MaximumErrors).ToList();
        if (found > told.Count && told.Count == MaximumErrors)
            told[^1] = new ConfigurationError(path, 0, "", null, $"there are more errors, {found} in all: correct these first");
        return told;
    }

    internal static string ReadAllText(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (stream.Length > MaximumBytes)
                throw Refused(path, $"is larger than {MaximumBytes / 1024 / 1024} MiB");
            var bytes = new byte[(int)stream.Length];
            stream.ReadExactly(bytes);
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw Refused(path, $"is not UTF-8 text (byte {exception.Index} cannot be decoded): save it as UTF-8");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Refused(path, $"does not exist (looked for {Path.GetFullPath(path)}): create it, or point --config to the directory that holds it");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, "cannot be read: " + exception.Message);
        }
    }

    private static ConfigurationException Refused(string path, string message) => new(new ConfigurationError(path, 0, "", null, message));
}
