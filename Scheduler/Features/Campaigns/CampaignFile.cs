using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Features.Jobs;

namespace PatchEdge.Scheduler.Features.Campaigns;

/// <summary>Reads a campaign file: one patch for many hosts, in waves.</summary>
internal static class CampaignFile
{
    private const int MaximumHosts = 10_000;
    private const string Rest = "rest";

    /// <param name="path">The file.</param>
    /// <param name="plant">Gives the names that it may use.</param>
    /// <exception cref="ConfigurationException">With every error in the file.</exception>
    public static CampaignDraft Read(string path, PlantModel plant) => ConfigurationFile.Read(path, root => ReadRoot(root, plant, Path.GetFileName(path)));

    private static CampaignDraft ReadRoot(ConfigurationSection root, PlantModel plant, string file)
    {
        var patch = root.Section("patch");
        var hosts = ReadHosts(root, plant);
        var draft = new CampaignDraft
        {
            Id = root.Text("id", Path.GetFileNameWithoutExtension(file)),
            Procedure = root.NameOf("procedure"),
            PatchName = patch.Text("name"),
            PatchDigest = JobFile.ReadDigest(patch),
            Waves = ReadWaves(root, hosts),
            Concurrency = root.Int("concurrency", MaximumHosts, 1, MaximumHosts),
            HaltAfter = root.Int("halt-after", 1, 1, MaximumHosts),
            NotBefore = JobFile.ReadTime(root, "not-before"),
            Due = JobFile.ReadTime(root, "due"),
            Priority = root.Int("priority", 0, -1_000, 1_000),
            ExpectedDuration = root.OptionalDuration("expected-duration", TimeSpan.FromSeconds(1), TimeSpan.FromDays(7)),
            RequestedBy = root.Text("requested-by", $"file {file}"),
        };
        if (!JobDraft.IsId(draft.Id))
            root.Error("id", JobDraft.IdRule);
        else if (hosts.Select(draft.JobId).FirstOrDefault(id => !JobDraft.IsId(id)) is { } unfit)
            root.Error("id", $"gives the job '{Printable.Line(unfit)}', and a job's id {JobDraft.IdRule}: shorten it");
        if (draft is { NotBefore: { } notBefore, Due: { } due } && due <= notBefore)
            root.Error("due", "is not after not-before");
        return draft;
    }

    /// <summary>Hosts that the campaign is for: those named, and those of the classes and lines named.</summary>
    private static ImmutableArray<string> ReadHosts(ConfigurationSection root, PlantModel plant)
    {
        string[] names = [.. plant.Hosts.Select(host => host.Name)];
        var named = root.List("hosts").Select(item => item.OneOf(names, "host")).Where(name => name.Length > 0).ToList();
        if (named.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            root.Error("hosts", $"names {twice.Key} twice");
        if (root.OptionalSection("select") is { } select)
        {
            string[] classes = [.. plant.Hosts.Select(host => host.Class).Distinct()];
            string[] lines = [.. plant.Lines.Select(line => line.Name)];
            var ofClass = select.List("class").Select(item => item.OneOf(classes, "class of host")).ToHashSet(StringComparer.Ordinal);
            var ofLine = select.List("lines").Select(item => item.OneOf(lines, "line")).ToHashSet(StringComparer.Ordinal);
            if (ofClass.Count == 0 && ofLine.Count == 0)
                select.Error("", "selects nothing: give 'class', 'lines', or both (a host must fit both)");
            named.AddRange(plant.Hosts
                .Where(host => (ofClass.Count == 0 || ofClass.Contains(host.Class)) && (ofLine.Count == 0 || host.Lines.Any(ofLine.Contains)) && (ofClass.Count > 0 || ofLine.Count > 0))
                .Select(host => host.Name).Except(named));
        }

        if (named.Count == 0)
            root.Error("hosts", "is for no host: list them, or 'select' them by class or line");
        else if (named.Count > MaximumHosts)
            root.Error("hosts", $"is for {named.Count} hosts, the most is {MaximumHosts}: make two campaigns");
        return [.. named.Order(StringComparer.Ordinal)];
    }

    /// <summary>Waves take the campaign's hosts in turn: by name, by number, by percent of all, or whatever is left.</summary>
    private static ImmutableArray<WaveDraft> ReadWaves(ConfigurationSection root, ImmutableArray<string> hosts)
    {
        var sections = root.Sections("waves");
        if (sections.IsEmpty)
            return [new WaveDraft("all", hosts, 100, TimeSpan.Zero)];
        var left = hosts.ToList();
        var waves = ImmutableArray.CreateBuilder<WaveDraft>();
        foreach (var section in sections)
        {
            var name = section.NameOf("name");
            if (name.Length > 0 && waves.Any(wave => wave.Name == name))
                section.Error("name", $"'{name}' is the name of an earlier wave too");
            var taken = Take(section, hosts, left);
            if (taken.Count == 0 && hosts.Length > 0)
                section.Error("hosts", "this wave gets no host: earlier ones have taken them all, or it asks for none");
            left.RemoveAll(taken.Contains);
            waves.Add(new WaveDraft(name, [.. taken], section.Int("success", 100, 1, 100), section.Duration("soak", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(90))));
        }

        if (left.Count > 0 && hosts.Length > 0)
            root.Error("waves", $"leave out {left.Count} host(s), such as {left[0]}: let the last wave have 'hosts: rest'");
        return waves.ToImmutable();
    }

    private static List<string> Take(ConfigurationSection section, ImmutableArray<string> hosts, List<string> left)
    {
        var (count, percent) = (section.OptionalInt("count", 1, MaximumHosts), section.OptionalInt("percent", 1, 100));
        var named = section.Optional("hosts");
        if ((count is null ? 0 : 1) + (percent is null ? 0 : 1) + (named is null ? 0 : 1) != 1)
        {
            section.Error("", "must say which hosts it takes in exactly one way: 'hosts' (a list, or rest), 'count' or 'percent'");
            return [];
        }

        if (named is null)
            return [.. left.Take(count ?? (int)Math.Ceiling(hosts.Length * percent!.Value / 100.0))];
        if (!named.IsList)
            return named.OneOf([Rest], "choice of hosts") == Rest ? [.. left] : [];
        var chosen = named.Items().Select(item => item.OneOf(hosts, "host of this campaign")).Where(name => name.Length > 0).ToList();
        if (chosen.FirstOrDefault(name => !left.Contains(name)) is { } twice)
            section.Error("hosts", $"{twice} is in an earlier wave already");
        return chosen;
    }
}
