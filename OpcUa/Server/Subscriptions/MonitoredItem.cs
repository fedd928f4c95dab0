using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions;

internal sealed class MonitoredItem
{
    public int WatcherIndex { get; set; } = -1;

    private DataValue last;

    public void OnValue(in DataValue value) => last = value;

    public void OnFirstValue(in DataValue value) => last = value;

    public DataValue Last => last;
}
