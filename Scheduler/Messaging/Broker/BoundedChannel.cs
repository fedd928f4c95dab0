using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Channel;
using MQTTnet.Exceptions;

namespace PatchEdge.Scheduler.Messaging.Broker;

/// <summary>Follows the packets that come in over a channel, and ends it at the first whose length is above the limit, before anything is allocated for it.</summary>
/// <remarks>A packet is one type byte, a remaining length of one to four bytes, and that many bytes (MQTT 5.0 §2.1).</remarks>
internal sealed class BoundedChannel(IMqttChannel channel, int maximumPacket) : IMqttChannel
{
    private Part part = Part.Type;
    private int lengthBytes;
    private int remaining;

    private enum Part
    {
        Type,
        Length,
        Body,
    }

    public EndPoint RemoteEndPoint => channel.RemoteEndPoint;

    public EndPoint LocalEndPoint => channel.LocalEndPoint;

    public bool IsSecureConnection => channel.IsSecureConnection;

    public X509Certificate2 ClientCertificate => channel.ClientCertificate;

    public Task ConnectAsync(CancellationToken cancellationToken) => channel.ConnectAsync(cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken) => channel.DisconnectAsync(cancellationToken);

    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var read = await channel.ReadAsync(buffer, offset, count, cancellationToken);
        Follow(buffer.AsSpan(offset, read));
        return read;
    }

    public Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken) =>
        channel.WriteAsync(buffer, isEndOfPacket, cancellationToken);

    public void Dispose() => channel.Dispose();

    private void Follow(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            switch (part)
            {
                case Part.Type:
                    (part, lengthBytes, remaining) = (Part.Length, 0, 0);
                    bytes = bytes[1..];
                    break;
                case Part.Length:
                    Measure(bytes[0]);
                    bytes = bytes[1..];
                    break;
                default:
                    var skipped = Math.Min(remaining, bytes.Length);
                    remaining -= skipped;
                    bytes = bytes[skipped..];
                    if (remaining == 0)
                        part = Part.Type;
                    break;
            }
    }

    private void Measure(byte next)
    {
        if (lengthBytes == 4)
            throw new MqttProtocolViolationException("A packet's length has more than four bytes.");
        remaining |= (next & 0x7F) << (7 * lengthBytes++);
        if ((next & 0x80) != 0)
            return;
        if (remaining > maximumPacket)
            throw new MqttProtocolViolationException($"A packet of {remaining} bytes is larger than the {maximumPacket} that this broker takes.");
        part = remaining == 0 ? Part.Type : Part.Body;
    }
}
