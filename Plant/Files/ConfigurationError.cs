using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files;

/// <summary>One thing wrong with a configuration file, told so that it can be found and put right.</summary>
/// <param name="File">Path as it was given.</param>
/// <param name="Line">Line from 1; 0 when the whole file is meant.</param>
/// <param name="Key">Where in the file, as a path of keys: <c>servers.filling.url</c>; empty for the whole file.</param>
/// <param name="Value">What stands there; null when nothing does.</param>
/// <param name="Message">What is wrong, what is allowed, and the nearest valid name.</param>
public sealed record ConfigurationError(string File, int Line, string Key, string? Value, string Message)
{
    /// <summary>Field of a table, from 1; 0 where the line says enough.</summary>
    public int Column { get; init; }

    /// <summary><c>file:line: key: message</c>, with the column behind the line in a table; on one line whatever the file contains.</summary>
    public override string ToString()
    {
        var place = Column > 0 ? $"{File}:{Line}:{Column}" : $"{File}:{Line}";
        return Printable.Line(Key.Length == 0 ? $"{place}: {Message}" : $"{place}: {Key}: {Message}");
    }
}

/// <summary>A configuration was refused; carries everything that is wrong with it, not only the first.</summary>
public sealed class ConfigurationException : Exception
{
    public ConfigurationException(IReadOnlyList<ConfigurationError> errors)
        : base(string.Join(Environment.NewLine, errors)) => Errors = errors;

    public ConfigurationException(ConfigurationError error)
        : this([error])
    {
    }

    /// <summary>At least one, by file and line.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; }
}
