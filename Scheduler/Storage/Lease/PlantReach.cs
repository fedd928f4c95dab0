namespace PatchEdge.Scheduler.Storage.Lease;

/// <summary>Since when this scheduler has heard nothing of the plant, as its keeper of the lease asks turn by turn. One caller.</summary>
/// <param name="hears">The broker is connected, and a gateway or an agent is heard over it: a broker where nobody is leads nowhere.</param>
/// <param name="time">The clock.</param>
internal sealed class PlantReach(Func<bool> hears, TimeProvider time)
{
    private long last = time.GetTimestamp();

    /// <summary>Zero while it is heard; before it ever was, since this was made.</summary>
    public TimeSpan Silence { get; private set; }

    public bool Hears { get; private set; }

    /// <summary>Looks again.</summary>
    public void Look()
    {
        Hears = hears();
        if (Hears)
            last = time.GetTimestamp();
        Silence = time.GetElapsedTime(last);
    }
}
