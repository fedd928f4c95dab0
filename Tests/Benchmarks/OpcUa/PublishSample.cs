using System.Security.Cryptography;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.Security;
using PatchEdge.OpcUa.Server.Subscriptions;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary>
/// A Publish response with 10,000 Doubles, as the wire brings it: whole, and cut into chunks that Basic256Sha256 signed and encrypted.
/// Each operation brings the bytes one step further, so that a step's price is the difference.
/// </summary>
public sealed class PublishSample : IDisposable
{
    public const int Notifications = 10_000;
    private const int ChunkSize = 64 * 1024;

    private readonly PublishResponseReader reader = new();
    private readonly byte[] message;
    private readonly byte[] received;
    private readonly List<byte[]> chunks = [];
    private readonly byte[] chunk = new byte[ChunkSize];
    private readonly ChunkSeal opening;

    public PublishSample()
    {
        using var notification = new UaBinaryWriter();
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var opened = NotificationWriter.BeginDataChange(notification, 1, now);
        for (uint i = 0; i < Notifications; i++)
        {
            notification.WriteUInt32(i);
            notification.WriteDataValue(new DataValue(new Variant(i * 1.5), StatusCodes.Good, now, now));
        }
        NotificationWriter.EndDataChange(notification, opened, Notifications);
        using var response = new UaBinaryWriter();
        NotificationWriter.PublishResponse(response, new ResponseHeader { Timestamp = now }, 1, [1], false, notification.WrittenSpan, []);
        message = response.WrittenSpan.ToArray();
        received = new byte[message.Length];

        var profile = PolicyProfile.Of(SecurityPolicy.Basic256Sha256);
        var keys = DirectionKeys.Derive(profile, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));
        opening = ChunkSeal.ForReceiving(profile, encrypt: true, keys);
        using var sealing = ChunkSeal.ForSending(profile, encrypt: true, keys);
        var capacity = sealing.BodyCapacity(ChunkSize);
        for (var at = 0; at < message.Length; at += capacity)
        {
            var body = message.AsSpan(at, Math.Min(capacity, message.Length - at));
            var made = new byte[sealing.SealedSize(body.Length)];
            body.CopyTo(made.AsSpan(ChunkSeal.ClearLength + ChunkSeal.SequenceLength));
            sealing.Seal(made, body.Length);
            chunks.Add(made);
        }
    }

    /// <summary>The floor without security: the bytes are moved once.</summary>
    public void Copy() => message.CopyTo(received, 0);

    public int Decode() => reader.TryRead(message) ? reader.Items.Length : 0;

    public int CopyAndDecode()
    {
        Copy();
        return reader.TryRead(received) ? reader.Items.Length : 0;
    }

    /// <summary>The floor with security: the chunks are moved, verified and decrypted, their bodies joined.</summary>
    public int Open()
    {
        var length = 0;
        foreach (var made in chunks)
        {
            made.CopyTo(chunk, 0);
            var body = opening.Open(chunk.AsMemory(0, made.Length))[ChunkSeal.SequenceLength..];
            body.Span.CopyTo(received.AsSpan(length));
            length += body.Length;
        }
        return length;
    }

    public int OpenAndDecode() => reader.TryRead(received.AsSpan(0, Open())) ? reader.Items.Length : 0;

    public void Dispose() => opening.Dispose();
}
