namespace PatchEdge.Gateway.Delivery.Influx;

/// <summary>What a write request's answer means for us.</summary>
internal enum InfluxOutcome
{
    /// <summary>All of it is stored.</summary>
    Accepted,

    /// <summary>Some or all lines are refused for what they are; the body says why.</summary>
    Refused,

    /// <summary>More than the server takes at once.</summary>
    TooLarge,

    /// <summary>We are not allowed, or the database is not there: nothing that waiting mends, but nothing to lose data over either.</summary>
    Denied,

    /// <summary>Overloaded, failing, silent or not reachable.</summary>
    Unavailable,
}

/// <param name="Outcome">What it means.</param>
/// <param name="Message">The server's words, or the failure's; empty when accepted.</param>
/// <param name="RetryAfter">How long the server asks us to wait; null when it does not.</param>
internal sealed record InfluxAnswer(InfluxOutcome Outcome, string Message, TimeSpan? RetryAfter = null);
