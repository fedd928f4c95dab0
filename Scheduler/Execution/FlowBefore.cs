using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Planning.Coverage;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Execution;

/// <summary>What a host served and nobody observed when its permit was signed: not the run's to prove. It stands in the ledger's entry of the release, where a restart finds it again.</summary>
internal sealed class FlowBefore(IDbContextFactory<SchedulerDb> databases, RunMemory memory)
{
    /// <summary>Its place in the entry.</summary>
    public const string Key = "notFlowing";

    /// <summary>More is written as whole servers: what a gateway names one by one is few.</summary>
    private const int MostNamed = 2_000;

    public async Task<ImmutableHashSet<NotFlowing>> OfAsync(RunFacts run, CancellationToken cancellation)
    {
        var remembered = memory.Of(run.Id);
        return remembered.NotFlowing ??= run.Token is { } token ? await ReadAsync(run.Id, token, cancellation) : [];
    }

    public static JsonArray Write(ImmutableHashSet<NotFlowing> missing)
    {
        var named = missing.Count <= MostNamed ? missing : [.. missing.Select(item => item with { Tag = "" })];
        return
        [
            .. named.OrderBy(item => item.Gateway, StringComparer.Ordinal).ThenBy(item => item.Server, StringComparer.Ordinal).ThenBy(item => item.Tag, StringComparer.Ordinal)
                .Select(item => (JsonNode)new JsonObject { ["gateway"] = item.Gateway, ["server"] = item.Server, ["tag"] = item.Tag }),
        ];
    }

    /// <summary>The release follows the intent, whose index is the token, by few entries.</summary>
    private async Task<ImmutableHashSet<NotFlowing>> ReadAsync(string run, long token, CancellationToken cancellation)
    {
        var (subject, key) = ($"\"subject\":\"{run}\"", $"\"{Key}\":");
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var entry = await db.Ledger.AsNoTracking().Where(entry => entry.Index > token && entry.Json.Contains(subject) && entry.Json.Contains(key))
            .OrderBy(entry => entry.Index).FirstOrDefaultAsync(cancellation);
        return entry is not null && JsonNode.Parse(entry.Json)?["after"]?[Key] is JsonArray items
            ? [.. items.Select(item => new NotFlowing((string)item!["gateway"]!, (string)item["server"]!, (string)item["tag"]!))]
            : [];
    }
}
