namespace PatchEdge.Gateway.Delivery.Verification;

/// <summary>One series in one window: what the journal says of it, and what the historian holds.</summary>
/// <param name="Series">Measurement and tags, one per line.</param>
/// <param name="Start">UTC.</param>
/// <param name="End">UTC, exclusive.</param>
internal sealed record CheckedWindow(string Series, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>Points that were delivered.</summary>
    public long Expected { get; set; }

    /// <summary>Points that the historian holds, unknown ones included.</summary>
    public long Found { get; set; }

    /// <summary>Sum over the fields that were delivered.</summary>
    public ulong ExpectedSum { get; set; }

    /// <summary>Sum over the same fields as the historian holds them.</summary>
    public ulong FoundSum { get; set; }

    public long Missing { get; set; }

    public long Altered { get; set; }

    /// <summary>Points that nobody delivered.</summary>
    public long Unknown { get; set; }

    /// <summary>Of the missing and altered ones, those that were sent again and then found as they should be.</summary>
    public long Repaired { get; set; }

    public bool Differs => Missing + Altered + Unknown > 0;

    /// <summary>Something differs still.</summary>
    public bool Open => Missing + Altered + Unknown > Repaired;
}
