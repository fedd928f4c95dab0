using System.Diagnostics;
using System.Text.Json;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Processes;

namespace PatchEdge.Simulator.Truth;

/// <summary>Asks the gateways' journals together whether a critical tag was ever uncovered, as a validator would.</summary>
internal static class ContinuityCheck
{
    /// <summary>Every part in which all gateways missed a critical tag, and which nothing repaired, as a sentence; empty when there is none.</summary>
    /// <remarks>What comes before a tag's first evidence is the start of the plant, not a loss.</remarks>
    /// <param name="data">Where the journals are.</param>
    /// <param name="plant">Its gateways.</param>
    /// <param name="from">Start of the span, UTC.</param>
    /// <param name="to">Its end.</param>
    public static async Task<IReadOnlyList<string>> UncoveredAsync(DataFolder data, PlantModel plant, DateTimeOffset from, DateTimeOffset to)
    {
        using var process = new Process { StartInfo = StartInfo(data, plant, from, to) };
        process.Start();
        var errors = process.StandardError.ReadToEndAsync();
        var found = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            found.AddRange(Uncovered(line));
        await process.WaitForExitAsync();
        var said = (await errors).Trim();
        if (process.ExitCode != 0)
            found.Add($"the continuity report ended with exit code {process.ExitCode}: {said}");
        return found;
    }

    private static IEnumerable<string> Uncovered(string json)
    {
        using var document = JsonDocument.Parse(json);
        var report = document.RootElement;
        var tag = report.GetProperty("tag").GetString();
        var leading = report.GetProperty("start").GetDateTimeOffset();
        foreach (var part in report.GetProperty("uncovered").EnumerateArray())
        {
            var (start, end) = (part.GetProperty("start").GetDateTimeOffset(), part.GetProperty("end").GetDateTimeOffset());
            if (start == leading)
                leading = end;
            else if (!part.GetProperty("repaired").GetBoolean())
                yield return $"{start:HH:mm:ss.fff} {tag} was uncovered for {(end - start).TotalMilliseconds:0} ms: {part.GetProperty("cause").GetString()} {part.GetProperty("detail").GetString()}".TrimEnd();
        }
    }

    private static ProcessStartInfo StartInfo(DataFolder data, PlantModel plant, DateTimeOffset from, DateTimeOffset to)
    {
        var start = new ProcessStartInfo { FileName = ProgramFolders.Find("patchedge-gateway"), RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["DOTNET_ROOT"] = ProgramFolders.DotnetRoot;
        string[] arguments = ["continuity", "report", "--json", "--from", from.ToString("O"), "--to", to.ToString("O")];
        foreach (var argument in arguments.Concat(plant.Gateways.SelectMany(gateway => new[] { "--config", data.GatewayConfig(gateway.Name, gateway == plant.Gateways[0]) })))
            start.ArgumentList.Add(argument);
        return start;
    }
}
