namespace PatchEdge.Agent.Webhooks;

/// <summary>Where a step is handed to, such as AWX or Rundeck, as the host's owner wrote it.</summary>
internal sealed record Webhook
{
    /// <summary>https, or http on the loopback; elsewhere http only with <see cref="PlainHttp"/>.</summary>
    public required string Url { get; init; }

    /// <summary>File of the secret that both ends know; relative to the procedure's folder.</summary>
    public required string SecretFile { get; init; }

    /// <summary>Pace at which a running one is asked about.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait for one answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>PEM file of the only authorities that may vouch for the far end's certificate, relative to the procedure's folder; null trusts those of the system.</summary>
    public string? Authorities { get; init; }

    /// <summary>The owner accepts http on a network.</summary>
    public bool PlainHttp { get; init; }
}
