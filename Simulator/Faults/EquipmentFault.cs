using PatchEdge.Plant.Files.Text;
using PatchEdge.Simulator.Recording;

namespace PatchEdge.Simulator.Faults;

/// <summary>A fault that a simulated server is told to have, as a line of words.</summary>
/// <param name="Kind">What.</param>
/// <param name="Target">A tag; the server itself for a lost response.</param>
/// <param name="Length">For how long; zero for a lost response.</param>
internal sealed record EquipmentFault(FaultKind Kind, string Target, TimeSpan Length)
{
    public const string Example = "bad TAG 3s, uncertain TAG 3s, freeze TAG 10s, burst TAG 1s, lose-response SERVER";

    private static readonly Dictionary<string, FaultKind> Words = new(StringComparer.Ordinal)
    {
        ["bad"] = FaultKind.Bad, ["uncertain"] = FaultKind.Uncertain, ["freeze"] = FaultKind.SensorFrozen, ["burst"] = FaultKind.Burst, ["lose-response"] = FaultKind.ResponseLost,
    };

    /// <returns>The fault, or why the line is none.</returns>
    public static (EquipmentFault? Fault, string? Refusal) Parse(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length < 2 || !Words.TryGetValue(words[0], out var kind) || words.Length != (kind == FaultKind.ResponseLost ? 2 : 3))
            return (null, "write " + Example);
        var length = TimeSpan.Zero;
        return kind != FaultKind.ResponseLost && !Durations.TryParse(words[2], out length)
            ? (null, $"'{words[2]}' is not a duration: write {Durations.Expected}")
            : (new EquipmentFault(kind, words[1], length), null);
    }

    public override string ToString() => $"{Words.First(word => word.Value == Kind).Key} {Target}{(Kind == FaultKind.ResponseLost ? "" : " " + Durations.Format(Length))}";
}
