using System.Diagnostics;
using System.Text.Json;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Processes;

namespace PatchEdge.Simulator.Truth;

/// <summary>Asks the gateways' journals together whether a critical tag was ever uncovered, as a validator would.</summary>
internal static class ContinuityCheck
{
    /// <summary>Every part in which all gateways missed a critical tag, and which nothing repaired; and what kept it from being known.</summary>
    /// <remarks>What comes before a tag's first evidence is the start of the plant, not a loss.</remarks>
    /// <param name="data">Where the journals are.</param>
    /// <param name="plant">Its gateways.</param>
    /// <param name="from">Start of the span, UTC.</param>
    /// <param name="to">Its end.</param>
    public static async Task<(IReadOnlyList<UncoveredMoment> Moments, IReadOnlyList<string> Trouble)> UncoveredAsync(DataFolder data, PlantModel plant, DateTimeOffset from, DateTimeOffset to)
    {
        var (lines, trouble) = await ReportAsync(data, plant, plant.Gateways, from, to);
        return ([.. lines.SelectMany(Uncovered)], trouble);
    }

    /// <summary>What each gateway by itself did not observe of the critical tags, repaired or not.</summary>
    public static async Task<IReadOnlyList<RecordedPart>> PartsAsync(DataFolder data, PlantModel plant, DateTimeOffset from, DateTimeOffset to)
    {
        var parts = new List<RecordedPart>();
        foreach (var gateway in plant.Gateways)
            parts.AddRange((await ReportAsync(data, plant, [gateway], from, to)).Lines.SelectMany(line => Parts(gateway.Name, line)));
        return parts;
    }

    /// <summary>Every value of critical tags that the gateways' journals hold together.</summary>
    public static async Task<(IReadOnlyList<HeldValue> Values, IReadOnlyList<string> Trouble)> ValuesAsync(DataFolder data, PlantModel plant, DateTimeOffset from, DateTimeOffset to)
    {
        var (lines, trouble) = await AskAsync("values", data, plant, plant.Gateways, from, to);
        return ([.. lines.Select(HeldValue.Read)], trouble);
    }

    private static Task<(List<string> Lines, List<string> Trouble)> ReportAsync(DataFolder data, PlantModel plant, IEnumerable<GatewayNode> gateways, DateTimeOffset from, DateTimeOffset to) =>
        AskAsync("report", data, plant, gateways, from, to);

    private static async Task<(List<string> Lines, List<string> Trouble)> AskAsync(string what, DataFolder data, PlantModel plant, IEnumerable<GatewayNode> gateways, DateTimeOffset from, DateTimeOffset to)
    {
        using var process = new Process { StartInfo = StartInfo(what, data, plant, gateways, from, to) };
        process.Start();
        var errors = process.StandardError.ReadToEndAsync();
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
            lines.Add(line);
        await process.WaitForExitAsync();
        var said = (await errors).Trim();
        return (lines, process.ExitCode == 0 ? [] : [$"continuity {what} ended with exit code {process.ExitCode}: {said}"]);
    }

    private static IEnumerable<RecordedPart> Parts(string gateway, string json)
    {
        using var document = JsonDocument.Parse(json);
        var tag = document.RootElement.GetProperty("tag").GetString() ?? "";
        foreach (var part in document.RootElement.GetProperty("uncovered").EnumerateArray())
            yield return new RecordedPart(gateway, tag, part.GetProperty("start").GetDateTimeOffset(), part.GetProperty("end").GetDateTimeOffset(), part.GetProperty("cause").GetString() ?? "");
    }

    private static IEnumerable<UncoveredMoment> Uncovered(string json)
    {
        using var document = JsonDocument.Parse(json);
        var report = document.RootElement;
        var tag = report.GetProperty("tag").GetString() ?? "";
        var leading = report.GetProperty("start").GetDateTimeOffset();
        foreach (var part in report.GetProperty("uncovered").EnumerateArray())
        {
            var (start, end) = (part.GetProperty("start").GetDateTimeOffset(), part.GetProperty("end").GetDateTimeOffset());
            if (start == leading)
                leading = end;
            else if (!part.GetProperty("repaired").GetBoolean())
                yield return new UncoveredMoment(tag, start, end,
                    $"{start:HH:mm:ss.fff} {tag} was uncovered for {(end - start).TotalMilliseconds:0} ms: {part.GetProperty("cause").GetString()} {part.GetProperty("detail").GetString()}".TrimEnd());
        }
    }

    private static ProcessStartInfo StartInfo(string what, DataFolder data, PlantModel plant, IEnumerable<GatewayNode> gateways, DateTimeOffset from, DateTimeOffset to)
    {
        var start = new ProcessStartInfo { FileName = ProgramFolders.Find("patchedge-gateway"), RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["DOTNET_ROOT"] = ProgramFolders.DotnetRoot;
        string[] arguments = ["continuity", what, "--json", "--from", from.ToString("O"), "--to", to.ToString("O")];
        foreach (var argument in arguments.Concat(gateways.SelectMany(gateway => new[] { "--config", data.GatewayConfig(gateway.Name, gateway == plant.Gateways[0]) })))
            start.ArgumentList.Add(argument);
        return start;
    }
}
