using System.Globalization;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Configuration;

namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>Reads a job file: one patch job.</summary>
internal static class JobFile
{
    public static readonly TimeSpan LongestBudget = TimeSpan.FromDays(1);

    /// <param name="path">The file.</param>
    /// <param name="plant">Gives the names that it may use.</param>
    /// <exception cref="ConfigurationException">With every error in the file.</exception>
    public static JobDraft Read(string path, PlantModel plant) => ConfigurationFile.Read(path, root => ReadRoot(root, plant, Path.GetFileName(path)));

    private static JobDraft ReadRoot(ConfigurationSection root, PlantModel plant, string file)
    {
        var patch = root.Section("patch");
        var draft = new JobDraft
        {
            Id = root.Text("id", Path.GetFileNameWithoutExtension(file)),
            Host = root.OneOf("host", [.. plant.Hosts.Select(host => host.Name)], null, "host"),
            Procedure = root.NameOf("procedure"),
            PatchName = patch.Text("name"),
            PatchDigest = ReadDigest(patch),
            NotBefore = ReadTime(root, "not-before"),
            Due = ReadTime(root, "due"),
            Priority = root.Int("priority", 0, -1_000, 1_000),
            ExpectedDuration = root.OptionalDuration("expected-duration", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
            GapBudget = root.OptionalDuration("gap-budget", TimeSpan.FromSeconds(1), LongestBudget),
            RequestedBy = root.Text("requested-by", $"file {file}"),
        };
        if (!JobDraft.IsId(draft.Id))
            root.Error("id", JobDraft.IdRule);
        if (root.Has("approved-by"))
            root.Error("approved-by", $"a file asks for a job, and only people approve one: remove this, and have somebody sign, by 'patchedge-scheduler approve {draft.Id}' or on the console");
        if (draft is { NotBefore: { } notBefore, Due: { } due } && due <= notBefore)
            root.Error("due", "is not after not-before");
        return draft;
    }

    /// <summary>A SHA-256 that must be there.</summary>
    public static string ReadDigest(ConfigurationSection patch) =>
        patch.Has("digest") ? SchedulerFile.ReadDigest(patch, "digest") ?? "" : patch.Text("digest");

    /// <summary>An instant with its offset, such as <c>2026-03-29T02:00:00+01:00</c> or <c>…Z</c>; null when absent.</summary>
    public static DateTimeOffset? ReadTime(ConfigurationSection section, string key)
    {
        if (section.OptionalText(key) is not { } text)
            return null;
        if (Time(text) is { } time)
            return time;
        section.Error(key, "must be a time with its offset from UTC, such as 2026-03-29T02:00:00+01:00 or 2026-03-29T01:00:00Z");
        return null;
    }

    /// <summary>An instant with its offset; null when the text is none.</summary>
    public static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.fffK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal))
            ? time.ToUniversalTime()
            : null;
}
