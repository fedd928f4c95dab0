using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Agent.Permits;

/// <summary>Counts refusals by reason and logs them within bounds: whoever floods us fills neither the log nor the disk.</summary>
internal sealed partial class RefusalCounter(ILogger<RefusalCounter> log, TimeProvider time)
{
    /// <summary>Lines per reason and minute; the next line tells how many were left out.</summary>
    private const int LinesPerMinute = 5;
    private const int LongestDetail = 300;

    private readonly ConcurrentDictionary<Refusal, long> counts = new();
    private readonly Dictionary<Refusal, Allowance> allowances = [];
    private readonly Lock gate = new();

    public long this[Refusal refusal] => counts.GetValueOrDefault(refusal);

    public void Count(string what, Refusal refusal, string detail)
    {
        var total = counts.AddOrUpdate(refusal, 1, (_, count) => count + 1);
        if (IsLogged(refusal, out var leftOut))
            Refused(log, what, refusal, Printable.Line(detail.Length > LongestDetail ? detail[..LongestDetail] : detail), total, leftOut);
    }

    private bool IsLogged(Refusal refusal, out long leftOut)
    {
        lock (gate)
        {
            var allowance = allowances.TryGetValue(refusal, out var known) ? known : new Allowance(time.GetTimestamp(), 0, 0);
            if (time.GetElapsedTime(allowance.Start) >= TimeSpan.FromMinutes(1))
                allowance = allowance with { Start = time.GetTimestamp(), Lines = 0 };
            var logged = allowance.Lines < LinesPerMinute;
            leftOut = logged ? allowance.LeftOut : 0;
            allowances[refusal] = logged
                ? allowance with { Lines = allowance.Lines + 1, LeftOut = 0 }
                : allowance with { LeftOut = allowance.LeftOut + 1 };
            return logged;
        }
    }

    private readonly record struct Allowance(long Start, int Lines, long LeftOut);

    [LoggerMessage(200, LogLevel.Warning, "Refused a {What}: {Refusal}, {Detail}. It is number {Total} of this kind; {LeftOut} before it were not logged.")]
    private static partial void Refused(ILogger log, string what, Refusal refusal, string detail, long total, long leftOut);
}
