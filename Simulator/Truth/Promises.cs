using PatchEdge.Plant.Model;

namespace PatchEdge.Simulator.Truth;

/// <summary>Compares what happened with what the product promises.</summary>
internal static class Promises
{
    /// <summary>Every breach, as a sentence; empty when all was kept.</summary>
    /// <param name="records">In time order.</param>
    /// <param name="plant">Which host serves which lines.</param>
    public static IReadOnlyList<string> Breaches(IReadOnlyList<TruthRecord> records, PlantModel plant)
    {
        var breaches = new List<string>();
        var linesOf = plant.Hosts.ToDictionary(host => host.Name, host => host.Lines);
        var active = new HashSet<string>();
        var executing = new Dictionary<string, TruthRecord>();
        var started = new HashSet<(string Host, string? Run, string Step)>();
        foreach (var record in records)
        {
            switch (record.Kind)
            {
                case TruthKind.LineActive:
                    active.Add(record.Subject);
                    foreach (var step in executing.Values.Where(step => linesOf[step.Subject].Contains(record.Subject)))
                        breaches.Add($"{record.At:HH:mm:ss.fff} line {record.Subject} became active while step {step.Detail} of run {step.Run} ran on {step.Subject}");
                    break;
                case TruthKind.LineIdle:
                    active.Remove(record.Subject);
                    break;
                case TruthKind.StepStarted:
                    executing[record.Subject] = record;
                    if (!started.Add((record.Subject, record.Run, record.Detail)))
                        breaches.Add($"{record.At:HH:mm:ss.fff} step {record.Detail} of run {record.Run} ran a second time on {record.Subject}");
                    foreach (var line in linesOf.GetValueOrDefault(record.Subject, []).Where(active.Contains))
                        breaches.Add($"{record.At:HH:mm:ss.fff} step {record.Detail} of run {record.Run} started on {record.Subject} while line {line} was active");
                    break;
                case TruthKind.StepEnded:
                    executing.Remove(record.Subject);
                    break;
                default:
                    break;
            }
        }

        return breaches;
    }
}
