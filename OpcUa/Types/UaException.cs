namespace PatchEdge.OpcUa.Types;

/// <summary>
/// A protocol fault or a refused call. Bad quality of a value is never one: that is the value's <see cref="StatusCode"/>. Its texts may
/// quote a peer and are safe to print: bounded, and without control characters.
/// </summary>
public sealed class UaException : Exception
{
    /// <param name="status">What the peer is told, or told us.</param>
    /// <param name="what">What happened, as a sentence without its full stop.</param>
    /// <param name="where">Place in the protocol: a message and field, a frame, a service.</param>
    /// <param name="expected">What would have been right, or what to do; ends the message.</param>
    /// <param name="inner">The failure underneath, if one was caught.</param>
    public UaException(StatusCode status, string what, string where, string? expected = null, Exception? inner = null)
        : base(Sentence(status, what, where, expected), inner)
    {
        Status = status;
        What = Printable.Of(what);
        Where = Printable.Of(where);
        Expected = expected is null ? null : Printable.Of(expected, 2048);
    }

    public StatusCode Status { get; }
    public string What { get; }
    public string Where { get; }
    public string? Expected { get; }

    private static string Sentence(StatusCode status, string what, string where, string? expected) =>
        $"{Printable.Of(what)} ({status}, in {Printable.Of(where)}).{(expected is null ? "" : $" {Printable.Of(expected, 2048)}.")}";
}
