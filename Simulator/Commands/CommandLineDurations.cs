using System.CommandLine.Parsing;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Simulator.Commands;

/// <summary>Durations on the command line, written as in configuration files.</summary>
internal static class CommandLineDurations
{
    public static TimeSpan Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (Durations.TryParse(text, out var duration))
            return duration;
        result.AddError($"'{text}' is not a duration: write {Durations.Expected}");
        return default;
    }

    /// <summary>As <see cref="Parse"/>, for an option that may be left out.</summary>
    public static TimeSpan? ParseOptional(ArgumentResult result) => Parse(result);
}
