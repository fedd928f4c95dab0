namespace PatchEdge.OpcUa.Types;

/// <summary>
/// A protocol fault or a refused call. Bad quality of a value is never one: that is the value's <see cref="StatusCode"/>.
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
        What = what;
        Where = where;
        Expected = expected;
    }

    public StatusCode Status { get; }
    public string What { get; }
    public string Where { get; }
    public string? Expected { get; }

    private static string Sentence(StatusCode status, string what, string where, string? expected) =>
        expected is null ? $"{what} ({status}, in {where})." : $"{what} ({status}, in {where}). {expected}.";
}
