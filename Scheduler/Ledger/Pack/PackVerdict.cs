using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Ledger.Pack;

/// <summary>What verifying a pack came to.</summary>
/// <param name="Faults">Everything that does not hold; empty when all does.</param>
/// <param name="Findings">What holds, and what was not looked at.</param>
/// <param name="Warnings">What the reader must know before relying on it.</param>
internal sealed record PackVerdict(ImmutableArray<string> Faults, ImmutableArray<string> Findings, ImmutableArray<string> Warnings)
{
    public bool Holds => Faults.IsEmpty;
}
