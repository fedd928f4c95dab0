using PatchEdge.Plant.Messages;

namespace PatchEdge.Gateway.Holds;

/// <summary>A line's equipment as far as a hold goes. The edge of the gateway: behind it are OPC UA servers, or a plant that exists in memory only.</summary>
internal interface ILineEquipment
{
    /// <summary>Its controller can be asked now.</summary>
    bool IsConnected { get; }

    /// <summary>Asks the controller; what it answers is its own decision.</summary>
    /// <exception cref="OpcUa.Types.UaException">It could not be asked.</exception>
    Task<HoldAnswer> AskAsync(HoldRequest request, CancellationToken cancel);

    /// <summary>Reads what the line's idle conditions look at, past every cache.</summary>
    /// <returns>Null when the line is idle on these values, else why it is not or is not known to be.</returns>
    Task<string?> RefusalAsync(CancellationToken cancel);
}
