namespace PatchEdge.Simulator.Equipment;

/// <summary>A line controller's side of the hold: it inhibits the start of a batch while it is held. Tokens rise for ever.</summary>
/// <param name="HighestToken">Highest token ever granted or released; a request must be higher.</param>
/// <param name="Token">Token of the hold in force; null when free.</param>
/// <param name="Until">When the hold expires, UTC. Expiry does not clear it: the start stays inhibited and an operator is called.</param>
/// <param name="Epoch">Rises by one with every grant.</param>
internal sealed record LineHold(long HighestToken, long? Token, DateTimeOffset? Until, long Epoch)
{
    public static readonly LineHold Free = new(0, null, null, 0);

    public bool Inhibits => Token is not null;

    public bool ExpiredAt(DateTimeOffset now) => Until < now;

    /// <summary>Grants only when the line stands still and the token is higher than any before; a repeated request with the token in force is granted again unchanged.</summary>
    public (LineHold Next, bool Granted, string Reason) Request(long token, TimeSpan duration, bool lineIsIdle, DateTimeOffset now)
    {
        if (Token == token)
            return (this, true, "already held with this token");
        if (token <= HighestToken)
            return (this, false, $"token {token} is not higher than {HighestToken}");
        if (Token is { } other)
            return (this, false, $"held with token {other}");
        if (!lineIsIdle)
            return (this, false, "the line is not idle");
        return (new LineHold(token, token, now + duration, Epoch + 1), true, "");
    }

    /// <summary>Frees the line if this token holds it. Either way the token is spent: a request with it that comes after its release, by another way, holds nothing.</summary>
    public (LineHold Next, bool Released, string Reason) Release(long token) => Token == token
        ? (this with { Token = null, Until = null }, true, "")
        : (this with { HighestToken = Math.Max(HighestToken, token) }, false, $"not held with token {token}");
}
