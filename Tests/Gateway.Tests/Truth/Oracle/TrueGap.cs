using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Tests.Truth.Oracle;

/// <summary>In what order doubts name a gap: the first that there is does.</summary>
internal enum Layer
{
    Journal,
    Clock,
    Item,
    Subscription,
    Server,
    Value,
    Silence,
    Queue,
}

/// <summary>A span in which evidence of one tag was truly missing. Milliseconds since the scenario began, half-open.</summary>
/// <param name="Layer">Who doubts.</param>
/// <param name="Cause">What it must be called.</param>
/// <param name="From">It must be a gap from here.</param>
/// <param name="To">To here; the same when only some moment around it must be.</param>
/// <param name="MayFrom">It may be one from here: what the gateway could not know otherwise.</param>
/// <param name="MayTo">To here.</param>
internal sealed record TrueGap(Layer Layer, GapCause Cause, long From, long To, long MayFrom, long MayTo)
{
    public TrueGap(Layer layer, GapCause cause, long from, long to)
        : this(layer, cause, from, to, from, to)
    {
    }

    /// <summary>It need not be told at all.</summary>
    public bool IsOptional { get; init; }

    public bool Must(long at) => !IsOptional && at >= From && at < To;

    public bool May(long at) => at >= MayFrom && at < MayTo;

    public override string ToString() => $"{Cause} {From}–{To} (may {MayFrom}–{MayTo}{(IsOptional ? ", optional" : "")})";
}
