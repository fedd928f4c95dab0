using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.SecureChannel;

/// <summary>
/// Takes the answer to one request on the channel's receiving loop, so that answers keep the order in which they arrived; tasks
/// would not. Exactly one of the two is called, once; neither may block or throw.
/// </summary>
internal interface IResponseReceiver
{
    /// <summary>The receiver disposes the message.</summary>
    void Receive(PooledMessage message);

    void Fail(UaException fault);
}
