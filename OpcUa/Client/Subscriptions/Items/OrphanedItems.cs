using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Items that a call created whose answer never came. Server.GetMonitoredItems (Part 5 §9.1) tells of them, and they are deleted, so
/// that their values do not come twice, nor for an item that was removed meanwhile.
/// </summary>
internal static class OrphanedItems
{
    /// <summary>Deletes what the subscription has at the server beside the items that are known. False where the server cannot tell.</summary>
    /// <exception cref="UaException">There was no answer; whether there are orphans is as open as before.</exception>
    public static async Task<bool> DeleteAsync(SubscriptionBinding binding, OperationBatches batches, HashSet<uint> known, CancellationToken cancellation)
    {
        CallMethodResult[] results;
        try
        {
            results = (await binding.Session.CallAsync<CallResponse>(new CallRequest
            {
                MethodsToCall = [new CallMethodRequest { ObjectId = ObjectIds.Server, MethodId = MethodIds.Server_GetMonitoredItems, InputArguments = [binding.SubscriptionId] }],
            }, cancellation).ConfigureAwait(false)).Results;
        }
        catch (UaException refused) when (!binding.Session.Channel.IsBroken && refused.Status.Code is not (StatusCodes.BadTimeout or StatusCodes.BadRequestTimeout) && !Session.IsSessionGone(refused.Status))
        {
            return false;
        }
        if (results is not [{ StatusCode.IsBad: false, OutputArguments: [var serverHandles, ..] }] || !serverHandles.TryGetArray(out uint[]? present) || present is null)
            return false;
        uint[] orphans = [.. present.Where(id => !known.Contains(id))];
        await batches.RunAsync(BatchedService.MonitoredItems, orphans, async part => (await binding.Session.CallAsync<DeleteMonitoredItemsResponse>(
            new DeleteMonitoredItemsRequest { SubscriptionId = binding.SubscriptionId, MonitoredItemIds = part }, cancellation).ConfigureAwait(false)).Results).ConfigureAwait(false);
        return true;
    }
}
