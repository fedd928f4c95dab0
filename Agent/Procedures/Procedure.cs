using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using PatchEdge.Agent.Webhooks;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Agent.Procedures;

/// <summary>What this host can be permitted to do: commands that its owner installed, never anything that came over the network.</summary>
internal sealed record Procedure
{
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Folder of the procedure's file: relative commands and working directories start here.</summary>
    public required string Folder { get; init; }

    /// <summary>In order; at least one; names are unique over both lists.</summary>
    public required ImmutableArray<Step> Steps { get; init; }

    /// <summary>In order; those whose <see cref="Step.Undoes"/> never started are left out.</summary>
    public required ImmutableArray<Step> Rollback { get; init; }

    /// <summary>Sum of all timeouts, rollback included.</summary>
    [JsonIgnore]
    public TimeSpan Longest => Steps.Concat(Rollback).Aggregate(TimeSpan.Zero, (sum, step) => sum + step.Timeout);

    /// <summary>SHA-256 (lower-case hex) of everything that decides what is run, as the file wrote it: comments, layout and the file's place do not count.</summary>
    public string Digest()
    {
        var canonical = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(canonical))
        {
            json.WriteStartObject();
            json.WriteString("name", Name);
            Write(json, "steps", Steps);
            Write(json, "rollback", Rollback);
            json.WriteEndObject();
        }

        return Convert.ToHexStringLower(SHA256.HashData(canonical.WrittenSpan));
    }

    public InstalledProcedure Installed() =>
        new(Name, Digest(), (long)Longest.TotalMilliseconds, [.. Steps.Select(step => step.Name)], Steps is [.., { ProvesHealth: true }]);

    private static void Write(Utf8JsonWriter json, string list, ImmutableArray<Step> steps)
    {
        json.WriteStartArray(list);
        foreach (var step in steps)
        {
            json.WriteStartObject();
            json.WriteString("name", step.Name);
            Write(json, "command", step.Command);
            if (step.Webhook is { } webhook)
                Write(json, webhook);
            if (step.FleetLock)
                json.WriteBoolean("fleetLock", true);
            json.WriteString("workingDirectory", step.WorkingDirectory);
            Write(json, "environment", step.Environment);
            json.WriteNumber("timeoutMs", (long)step.Timeout.TotalMilliseconds);
            json.WriteBoolean("irreversible", step.Irreversible);
            json.WriteBoolean("reboot", step.Reboot);
            json.WriteBoolean("repeatable", step.Repeatable);
            json.WriteString("undoes", step.Undoes);
            if (step.ProvesHealth)
                json.WriteBoolean("provesHealth", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Webhook webhook)
    {
        json.WriteStartObject("webhook");
        json.WriteString("url", webhook.Url);
        json.WriteString("secretFile", webhook.SecretFile);
        json.WriteNumber("pollEveryMs", (long)webhook.PollEvery.TotalMilliseconds);
        json.WriteNumber("requestTimeoutMs", (long)webhook.RequestTimeout.TotalMilliseconds);
        json.WriteBoolean("plainHttp", webhook.PlainHttp);
        // Left out when there is none, so that procedures from before there were any keep their digest.
        if (webhook.Authorities is { } authorities)
            json.WriteString("authorities", authorities);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}

/// <summary>One step of a procedure: a command, a webhook, or the restart that a FleetLock client waits for.</summary>
internal sealed record Step
{
    public required string Name { get; init; }

    /// <summary>Program by its path, then its arguments, handed over one by one: no shell, no search along PATH. Empty when the step is something else.</summary>
    public required ImmutableArray<string> Command { get; init; }

    /// <summary>The far end that the step is handed to; null when it is not.</summary>
    public Webhook? Webhook { get; init; }

    /// <summary>The host is restarted by its own FleetLock client, which is told when it may. Half of <see cref="Timeout"/> is for it to ask, half for the restart.</summary>
    public bool FleetLock { get; init; }

    /// <summary>Null means the folder of the procedure's file.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Names of the agent's own environment variables that the command may see; it sees no other.</summary>
    public ImmutableArray<string> Environment { get; init; } = [];

    /// <summary>After this its whole process tree is killed and the step has failed. For a reboot it includes the wait for the host to go down.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Needs a fresh go-ahead at its edge.</summary>
    public bool Irreversible { get; init; }

    /// <summary>Restarts the host: it is complete when the agent runs again in another boot.</summary>
    public bool Reboot { get; init; }

    /// <summary>Safe to run again after it was cut off; without it, a step that was cut off leaves the outcome unknown.</summary>
    public bool Repeatable { get; init; }

    /// <summary>It succeeds only when the host is healthy: what shows so where the agent runs elsewhere. The last step's alone.</summary>
    public bool ProvesHealth { get; init; }

    /// <summary>In a rollback: the step it undoes, so that it is left out when that one never started. Null undoes whatever started.</summary>
    public string? Undoes { get; init; }
}
