using System.Collections.Immutable;

namespace PatchEdge.Plant.Messages;

/// <summary>An agent's heartbeat, retained; its last will is the same message with <see cref="Online"/> false.</summary>
/// <remarks>Publisher: agent, every few seconds. Topic: <see cref="Topics.AgentStatus"/>.</remarks>
public sealed record AgentStatus
{
    public required string Site { get; init; }

    public required string Host { get; init; }

    public required string Boot { get; init; }

    public required bool Online { get; init; }

    /// <summary>UTC by the host's clock; null in the last will.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Milliseconds after receipt for which a live message may be relied on.</summary>
    public int ValidForMs { get; init; }

    /// <summary>Version of the agent.</summary>
    public string? Version { get; init; }

    /// <summary>Procedures that the host's owner installed.</summary>
    public ImmutableArray<InstalledProcedure> Procedures { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>Highest fencing token that the agent has durably accepted; 0 before the first.</summary>
    public long HighestToken { get; init; }

    /// <summary>The run it is executing or resuming; null when free.</summary>
    public string? CurrentRun { get; init; }

    /// <summary>Why it accepts no permit at all, such as damaged state, and what to do; null when it accepts them.</summary>
    public string? Fault { get; init; }

    /// <summary>It runs elsewhere and only acts for the host: that it is heard says nothing about the host.</summary>
    public bool Remote { get; init; }

    /// <summary>Thumbprint of the scheduler key that it pins.</summary>
    public string? PinnedKey { get; init; }

    /// <summary>The procedure of that name; null when it is not installed.</summary>
    public InstalledProcedure? Installed(string procedure)
    {
        foreach (var installed in Procedures)
            if (installed.Name == procedure)
                return installed;
        return null;
    }
}

/// <summary>What an agent can be permitted to do.</summary>
/// <param name="Name">Name that a permit must use.</param>
/// <param name="Digest">SHA-256 (lower-case hex) of the procedure as installed.</param>
/// <param name="LongestMs">Sum of its steps' timeouts and its rollback's, in milliseconds.</param>
/// <param name="Steps">Names of its steps, in order.</param>
/// <param name="ProvesHealth">Its last step succeeds only when the host is healthy.</param>
public sealed record InstalledProcedure(string Name, string Digest, long LongestMs, ImmutableArray<string> Steps, bool ProvesHealth = false);
