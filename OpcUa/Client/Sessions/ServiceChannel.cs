using System.Collections.Concurrent;
using PatchEdge.OpcUa.Encoding;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>Service calls over one secure channel: stamps the header, encodes, waits, decodes, and turns a fault into an exception. Thread-safe.</summary>
internal sealed class ServiceChannel(ClientChannel channel, TimeProvider time) : IAsyncDisposable
{
    private const int KeptWriters = 16;

    private readonly ConcurrentQueue<UaBinaryWriter> writers = new();
    private uint lastHandle;

    public ClientChannel Channel => channel;

    /// <summary>The channel is ending or has ended: a failure of a call now says nothing about what was asked.</summary>
    public bool IsBroken => channel.Fault is not null;

    /// <param name="token">Secret of the session; null without one.</param>
    /// <param name="timeout">From here to the decoded answer; infinite only for Publish.</param>
    /// <exception cref="UaException">The service's bad result, a timeout, or what ended the channel.</exception>
    public async Task<TResponse> CallAsync<TResponse>(IServiceRequest request, NodeId token, TimeSpan timeout, CancellationToken cancellation)
        where TResponse : IServiceResponse<TResponse>
    {
        using var message = await RequestAsync(request, token, TResponse.BinaryEncodingId, timeout, cancellation).ConfigureAwait(false);
        TResponse response;
        try
        {
            response = Read<TResponse>(message.Span);
        }
        catch (UaException malformed)
        {
            channel.Options.ResponseDropped?.Invoke($"a malformed {typeof(TResponse).Name}: {malformed.What}", malformed.Status);
            throw;
        }
        return response.ResponseHeader.ServiceResult.IsBad ? throw Refused(response.ResponseHeader, typeof(TResponse).Name) : response;
    }

    /// <summary>The answer as it came, its type checked; a fault is thrown. The caller disposes it.</summary>
    public async Task<PooledMessage> RequestAsync(IServiceRequest request, NodeId token, uint responseTypeId, TimeSpan timeout, CancellationToken cancellation)
    {
        Stamp(request, token, timeout);
        var writer = RentWriter();
        PooledMessage message;
        try
        {
            ServiceMessages.Encode(writer, request);
            message = await channel.RequestAsync(writer.WrittenMemory, responseTypeId, timeout, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Return(writer);
        }
        try
        {
            return ReadFault(message.Span, Service(request)) is { } fault ? throw fault : message;
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request without a deadline whose answer goes to a receiver, on the channel's receiving loop and in order of arrival; a fault too.</summary>
    public async ValueTask PostAsync(IServiceRequest request, NodeId token, uint responseTypeId, IResponseReceiver receiver, CancellationToken cancellation)
    {
        Stamp(request, token, Timeout.InfiniteTimeSpan);
        var writer = RentWriter();
        try
        {
            ServiceMessages.Encode(writer, request);
            await channel.PostAsync(writer.WrittenMemory, responseTypeId, receiver, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Return(writer);
        }
    }

    /// <summary>The fault in a message, if it is one.</summary>
    public static UaException? ReadFault(ReadOnlySpan<byte> message, string where)
    {
        if (ServiceMessages.PeekEncodingId(message) != ServiceFault.BinaryEncodingId)
            return null;
        var reader = new UaBinaryReader(message, DecodingLimits.Response);
        reader.ReadNodeId();
        return Refused(ServiceFault.Decode(ref reader).ResponseHeader, where);
    }

    /// <summary>The whole message, whatever its result.</summary>
    private TResponse Read<TResponse>(ReadOnlySpan<byte> message) where TResponse : IServiceResponse<TResponse>
    {
        var reader = new UaBinaryReader(message, DecodingLimits.Response);
        var typeId = reader.ReadNodeId();
        if (typeId != new NodeId(TResponse.BinaryEncodingId))
            throw new UaException(StatusCodes.BadUnknownResponse, $"The answer is a message of type {typeId}", typeof(TResponse).Name, "The server must answer with the matching response");
        var response = TResponse.Decode(ref reader);
        reader.ExpectEnd();
        channel.Options.ValuesMalformed?.Invoke(reader.MalformedValues);
        return response;
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync().ConfigureAwait(false);
        while (writers.TryDequeue(out var writer))
            writer.Dispose();
    }

    private void Stamp(IServiceRequest request, NodeId token, TimeSpan timeout) => request.RequestHeader = new RequestHeader
    {
        AuthenticationToken = token,
        Timestamp = time.GetUtcNow().UtcDateTime,
        RequestHandle = Interlocked.Increment(ref lastHandle),
        TimeoutHint = timeout == Timeout.InfiniteTimeSpan ? 0 : (uint)Math.Min(timeout.TotalMilliseconds, uint.MaxValue),
    };

    private UaBinaryWriter RentWriter() => writers.TryDequeue(out var writer) ? writer : new UaBinaryWriter();

    private void Return(UaBinaryWriter writer)
    {
        writer.Reset();
        if (writers.Count < KeptWriters)
            writers.Enqueue(writer);
        else
            writer.Dispose();
    }

    private static UaException Refused(ResponseHeader header, string where)
    {
        // A fault whose result is good is still no answer.
        StatusCode status = header.ServiceResult.IsBad ? header.ServiceResult : StatusCodes.BadUnexpectedError;
        var detail = header.ServiceDiagnostics?.AdditionalInfo;
        return new UaException(status, detail is null ? "The server refused the call" : $"The server refused the call: {detail}", where, ServiceAdvice.For(status));
    }

    private static string Service(IServiceRequest request)
    {
        var name = request.GetType().Name;
        return name.EndsWith("Request", StringComparison.Ordinal) ? name[..^"Request".Length] : name;
    }
}
