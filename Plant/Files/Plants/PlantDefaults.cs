namespace PatchEdge.Plant.Files.Plants;

/// <summary>What holds for the whole plant unless something nearer says otherwise.</summary>
internal sealed record PlantDefaults(
    string? Security, TimeSpan Publishing, int KeepAliveCount, int LifetimeCount,
    TimeSpan Dwell, TimeSpan EvidenceAge, TimeSpan ClockOffset, TagDefaults Tags)
{
    /// <summary>Whom the members of a redundancy set connect as; null outside of one.</summary>
    public string? User { get; init; }

    /// <summary>Where that user's password is; null outside of a redundancy set.</summary>
    public string? PasswordFile { get; init; }

    /// <param name="section">The <c>defaults</c> of the plant file; null when it has none.</param>
    public static PlantDefaults Read(ConfigurationSection? section)
    {
        var silent = new PlantDefaults(
            null, TimeSpan.FromMilliseconds(500), 4, 60,
            TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2),
            new TagDefaults(null, [], TimeSpan.FromMilliseconds(250), null, null, false, false));
        return section is null ? silent : new PlantDefaults(
            section.OptionalOneOf("security", ServerReader.Securities, "security"),
            section.Duration("publishing", silent.Publishing, ServerReader.ShortestPublishing, ServerReader.LongestPublishing),
            section.Int("keep-alive-count", silent.KeepAliveCount, 1, ServerReader.HighestCount),
            section.Int("lifetime-count", silent.LifetimeCount, 3, ServerReader.HighestCount),
            section.Duration("dwell", silent.Dwell, LineReader.ShortestDwell, LineReader.LongestDwell),
            section.Duration("evidence-age", silent.EvidenceAge, LineReader.ShortestEvidenceAge, LineReader.LongestEvidenceAge),
            section.Duration("clock-offset", silent.ClockOffset, LineReader.ShortestClockOffset, LineReader.LongestClockOffset),
            silent.Tags.OverrideForAll(section, null, []));
    }
}
