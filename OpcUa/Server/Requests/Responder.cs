using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Requests;

/// <summary>
/// Sends responses and faults. A fault carries its status alone: neither text nor trace of what went wrong here (Part 4 §7.35).
/// A channel that closes while it is written to is nobody's error: its client asks again or is gone.
/// </summary>
internal sealed class Responder(UaServerFaults faults, TimeProvider timeProvider)
{
    public ResponseHeader Header(uint requestHandle, StatusCode result = default) => new()
    {
        Timestamp = timeProvider.GetUtcNow().UtcDateTime,
        RequestHandle = requestHandle,
        ServiceResult = result,
    };

    public async ValueTask SendAsync(ServerChannel channel, uint requestId, uint requestHandle, IServiceResponse response, CancellationToken cancellationToken)
    {
        response.ResponseHeader = Header(requestHandle);
        using var writer = new UaBinaryWriter();
        try
        {
            ServiceMessages.Encode(writer, response);
        }
        catch (UaException tooLarge) when (tooLarge.Status == StatusCodes.BadEncodingLimitsExceeded)
        {
            await FaultAsync(channel, requestId, requestHandle, StatusCodes.BadResponseTooLarge, cancellationToken).ConfigureAwait(false);
            return;
        }
        catch (UaException)
        {
            await FaultAsync(channel, requestId, requestHandle, StatusCodes.BadEncodingError, cancellationToken).ConfigureAwait(false);
            return;
        }
        await SendEncodedAsync(channel, requestId, requestHandle, writer.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask FaultAsync(ServerChannel channel, uint requestId, uint requestHandle, StatusCode status, CancellationToken cancellationToken)
    {
        using var writer = new UaBinaryWriter();
        ServiceMessages.Encode(writer, new ServiceFault { ResponseHeader = Header(requestHandle, status) });
        await TrySendAsync(channel, requestId, writer.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask FaultAsync(ParkedPublish request, StatusCode status, CancellationToken cancellationToken) =>
        FaultAsync(request.Channel, request.RequestId, request.RequestHandle, status, cancellationToken);

    /// <summary>Sends an encoded response, or a fault when the client would not take one so large.</summary>
    public async ValueTask SendEncodedAsync(ServerChannel channel, uint requestId, uint requestHandle, ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
    {
        StatusCode outcome = await TrySendAsync(channel, requestId, response, cancellationToken).ConfigureAwait(false);
        if (outcome == StatusCodes.BadResponseTooLarge)
            await FaultAsync(channel, requestId, requestHandle, outcome, cancellationToken).ConfigureAwait(false);
    }

    /// <param name="request">What is answered.</param>
    /// <param name="response">Encoded.</param>
    /// <param name="droppable">Carries notifications, which a fault hook may let vanish.</param>
    /// <param name="cancellationToken">Ends with the subscription.</param>
    public ValueTask SendPublishAsync(ParkedPublish request, ReadOnlyMemory<byte> response, bool droppable, CancellationToken cancellationToken) =>
        droppable && faults.TakePublishDrop()
            ? ValueTask.CompletedTask
            : SendEncodedAsync(request.Channel, request.RequestId, request.RequestHandle, response, cancellationToken);

    private async ValueTask<StatusCode> TrySendAsync(ServerChannel channel, uint requestId, ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
    {
        await faults.WhenAnswering(cancellationToken).ConfigureAwait(false);
        try
        {
            await channel.SendAsync(requestId, response).ConfigureAwait(false);
            return StatusCodes.Good;
        }
        catch (UaException closed)
        {
            return closed.Status;
        }
    }
}
