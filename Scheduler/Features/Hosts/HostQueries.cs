using System.Collections.Immutable;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Evidence;
using PatchEdge.Scheduler.Execution.Permits;

namespace PatchEdge.Scheduler.Features.Hosts;

/// <summary>A host as its agent shows it now.</summary>
public sealed record HostView
{
    public required string Name { get; init; }

    public required string Class { get; init; }

    public required ImmutableArray<string> Lines { get; init; }

    /// <summary>Its agent is heard live.</summary>
    public required bool Online { get; init; }

    /// <summary>Why not online; empty when it is.</summary>
    public required string Doubt { get; init; }

    /// <summary>Milliseconds since the agent was last heard; null when it never was.</summary>
    public double? AgeMs { get; init; }

    public string? AgentVersion { get; init; }

    public string? CurrentRun { get; init; }

    public string? Fault { get; init; }

    /// <summary>It pins this scheduler's key; null when it has not said.</summary>
    public bool? KeyPinned { get; init; }

    public required ImmutableArray<string> Procedures { get; init; }
}

/// <summary>A gateway as it shows itself now.</summary>
public sealed record GatewayView
{
    public required string Name { get; init; }

    public required bool Online { get; init; }

    public required string Doubt { get; init; }

    public double? AgeMs { get; init; }

    public bool? JournalWritable { get; init; }

    public long? JournalBacklog { get; init; }

    /// <summary>Why the gateway goes on with the plant file that it had: the newer one was refused; null when it was not.</summary>
    public string? ConfigurationTrouble { get; init; }

    /// <summary>It runs with the same plant file; null when it has not said.</summary>
    public bool? SameConfiguration { get; init; }
}

/// <summary>Hosts and gateways as the evidence shows them now. Thread-safe.</summary>
internal sealed class HostQueries(PlantModel plant, EvidenceBoard board, PermitSigner signer)
{
    public ImmutableArray<HostView> Hosts()
    {
        var evidence = board.Snapshot();
        return [.. plant.Hosts.Select(host =>
        {
            var agent = evidence.Agent(host.Name);
            return new HostView
            {
                Name = host.Name,
                Class = host.Class,
                Lines = host.Lines,
                Online = agent.IsFresh,
                Doubt = agent.Doubt,
                AgeMs = agent.Message is null ? null : agent.Age.TotalMilliseconds,
                AgentVersion = agent.Message?.Version,
                CurrentRun = agent.Message?.CurrentRun,
                Fault = agent.Message?.Fault,
                KeyPinned = agent.Message?.PinnedKey is { } key ? key == signer.Thumbprint : null,
                Procedures = [.. agent.Message?.Procedures.Select(procedure => procedure.Name) ?? []],
            };
        })];
    }

    public ImmutableArray<GatewayView> Gateways()
    {
        var evidence = board.Snapshot();
        return [.. plant.Gateways.Select(node =>
        {
            var gateway = evidence.Gateway(node.Name);
            return new GatewayView
            {
                Name = node.Name,
                Online = gateway.IsFresh,
                Doubt = gateway.Doubt,
                AgeMs = gateway.Message is null ? null : gateway.Age.TotalMilliseconds,
                JournalWritable = gateway.Message?.JournalWritable,
                JournalBacklog = gateway.Message?.JournalBacklog,
                ConfigurationTrouble = gateway.Message?.ConfigurationTrouble,
                SameConfiguration = gateway.Message?.ConfigurationHash is { } hash ? hash == plant.Hash : null,
            };
        })];
    }
}
