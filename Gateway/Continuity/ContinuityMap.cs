using System.Collections.Immutable;

namespace PatchEdge.Gateway.Continuity;

/// <summary>What the fold keeps account of: sources grouped in subscriptions, subscriptions in servers. Indexes are dense, from 0.</summary>
/// <param name="Gateway">Name in the plant file.</param>
/// <param name="Servers">Names in the plant file.</param>
/// <param name="Subscriptions">Every subscription of every server.</param>
/// <param name="Sources">Every tag at every server that offers it.</param>
internal sealed record ContinuityMap(
    string Gateway,
    ImmutableArray<string> Servers,
    ImmutableArray<SubscriptionPlace> Subscriptions,
    ImmutableArray<SourcePlace> Sources);

/// <param name="Server">Index in <see cref="ContinuityMap.Servers"/>.</param>
/// <param name="Sources">Indexes in <see cref="ContinuityMap.Sources"/>.</param>
internal sealed record SubscriptionPlace(int Server, ImmutableArray<int> Sources);

/// <summary>A tag at one server.</summary>
/// <param name="Tag">Name of the tag.</param>
/// <param name="Line">Name of its line.</param>
/// <param name="Subscription">Index in <see cref="ContinuityMap.Subscriptions"/>.</param>
/// <param name="LongestSilence">Silence longer than this means a frozen source; null when silence is plausible for ever.</param>
/// <param name="Retired">It is watched no more, by a change of the plant file while the gateway ran; its index is not used again.</param>
internal sealed record SourcePlace(string Tag, string Line, int Subscription, TimeSpan? LongestSilence = null, bool Retired = false);
