using PatchEdge.Gateway.Acquisition;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;

namespace PatchEdge.Gateway.Options;

/// <summary>A configuration directory, read and checked as a whole.</summary>
internal sealed record GatewayConfiguration
{
    public required string Directory { get; init; }

    public required GatewayOptions Options { get; init; }

    public required PlantModel Plant { get; init; }

    public required SourceTable Table { get; init; }

    /// <summary>The table of tags that the plant file names; null when it names none.</summary>
    public string? TagsFile { get; init; }

    /// <summary>By server name: the password of its user; a server without one is not in it.</summary>
    public required IReadOnlyDictionary<string, string> Passwords { get; init; }

    /// <exception cref="ConfigurationException">Anything in any of the files was refused; carries every error of all.</exception>
    public static GatewayConfiguration Load(string directory)
    {
        var errors = new List<ConfigurationError>();
        var plantFile = Path.Combine(directory, PlantFile.FileName);
        var document = Try(() => PlantDocument.Open(plantFile), errors);
        var plant = document?.Model;
        var options = Try(() => GatewayFile.Read(Path.Combine(directory, GatewayFile.FileName)), errors);
        var table = plant is not null && options is not null ? Try(() => SourceTable.Build(plant, options.Name, plantFile), errors) : null;
        var passwords = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var server in table?.Servers ?? [])
            if (server.PasswordFile is { } file && Try(() => SecretFile.ReadText(file), errors) is { } password)
                passwords[server.Name] = password;
        if (errors.Count > 0)
            throw new ConfigurationException(errors);
        return new GatewayConfiguration { Directory = directory, Options = options!, Plant = plant!, TagsFile = document!.TablePath, Table = table!, Passwords = passwords };
    }

    private static T? Try<T>(Func<T> read, List<ConfigurationError> errors)
        where T : class
    {
        try
        {
            return read();
        }
        catch (ConfigurationException exception)
        {
            errors.AddRange(exception.Errors);
            return null;
        }
    }
}
