using System.Text.RegularExpressions;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Plant.Files.Plants.Composition;

/// <summary>Writes out each unit that names a template: the template's keys with its placeholders filled in, below the unit's own, and its conditions behind those of the line.</summary>
/// <remarks>
/// <example><code>
/// templates:
///   machine:
///     profile: packml
///     tags:
///       StateCurrent: { type: Int32, node: "nsu=urn:x;s={path}/Status/StateCurrent" }
///     idle:
///       no-motion: [ "{unit}.CurMachSpeed &lt; 0.5" ]
/// … units:
///     Filler: { template: machine, with: { path: Line1/Filler }, tags: { CurMachSpeed: { sampling: 50ms } } }
/// </code></example>
/// <c>{area}</c>, <c>{line}</c> and <c>{unit}</c> are known; all others come from <c>with</c>. A tag that the unit sets to <c>none</c> is left out.
/// </remarks>
internal sealed partial class TemplateExpansion(MapNode root, ConfigurationContext context)
{
    private const string TemplateKey = "template";
    private const string WithKey = "with";
    private static readonly string[] Groups = ["state", "no-batch", "no-motion"];

    private readonly Dictionary<string, MapNode> templates = new(StringComparer.Ordinal);
    private int written;

    public MapNode Expand()
    {
        ReadTemplates();
        return TreeEdit.EachLine(root, ExpandLine);
    }

    private void ReadTemplates()
    {
        foreach (var (name, template) in BuiltInTemplates.All)
            templates[name] = template;
        if (root.Find(PlantComposer.TemplatesKey) is not { } entry || entry.Value is ScalarNode { IsNull: true })
            return;
        if (entry.Value is not MapNode map)
        {
            context.Add(entry.Place, PlantComposer.TemplatesKey, null, "must be a map of templates by their names");
            return;
        }

        foreach (var template in map.Entries)
            if (template.Value is not MapNode content)
                context.Add(template.Place, $"{PlantComposer.TemplatesKey}.{template.Key}", null, "must be a map of what a unit can have: profile, nodes, tags and so on");
            else if (!templates.TryAdd(template.Key, content))
                context.Add(template.Place, $"{PlantComposer.TemplatesKey}.{template.Key}", null, $"'{template.Key}' is the name of a built-in template: choose another");
    }

    private MapNode ExpandLine(string area, string name, MapNode line)
    {
        if (line.Map("units") is not { } units)
            return line;
        var conditions = Groups.ToDictionary(group => group, _ => new List<ConfigurationNode>());
        var expanded = units with { Entries = [.. units.Entries.Select(unit => unit.Value is MapNode map && map.Find(TemplateKey) is { } use
            ? unit with { Value = ExpandUnit(new Use(area, name, unit.Key, use, map), conditions) }
            : unit)] };
        return WithConditions(line.With("units", expanded), name, conditions);
    }

    private MapNode ExpandUnit(Use use, Dictionary<string, List<ConfigurationNode>> conditions)
    {
        var own = use.Map.Without(TemplateKey, WithKey);
        var key = $"areas.{use.Area}.lines.{use.Line}.units.{use.Unit}.{TemplateKey}";
        if (use.Entry.Value is not ScalarNode { IsNull: false } named)
        {
            context.Add(use.Entry.Place, key, null, "must be the name of a template");
            return own;
        }

        if (!templates.TryGetValue(named.Text, out var template))
        {
            context.Add(use.Entry.Place, key, named.Text, $"{Printable.Quote(named.Text)} is no known template: {Nearest.Hint(named.Text, templates.Keys)}");
            return own;
        }

        var via = $"from template '{named.Text}', which unit '{use.Unit}' uses in line {use.Entry.Line}";
        var values = Values(use);
        var used = new HashSet<string>(StringComparer.Ordinal);
        if (Fill(template, values, used, via) is not MapNode filled)
            return own;
        if (use.Map.Map(WithKey) is { } with)
            foreach (var entry in with.Entries.Where(entry => !used.Contains(entry.Key)))
                context.Add(entry.Place, $"areas.{use.Area}.lines.{use.Line}.units.{use.Unit}.{WithKey}.{entry.Key}", null, $"template '{named.Text}' has no placeholder {{{entry.Key}}}: {Nearest.Hint(entry.Key, used)}");
        if (filled.Map("idle") is { } idle)
            foreach (var group in idle.Entries)
                if (conditions.TryGetValue(group.Key, out var list) && group.Value is ListNode items)
                    list.AddRange(items.Items);
                else
                    context.Add(group.Place, $"{PlantComposer.TemplatesKey}.{named.Text}.idle.{group.Key}", null, $"must be a list of conditions below one of {string.Join(", ", Groups)}");
        return Overlay(filled.Without("idle"), own, isTags: false);
    }

    private Dictionary<string, string> Values(Use use)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { ["area"] = use.Area, ["line"] = use.Line, ["unit"] = use.Unit };
        if (use.Map.Find(WithKey) is not { } entry || entry.Value is ScalarNode { IsNull: true })
            return values;
        var key = $"areas.{use.Area}.lines.{use.Line}.units.{use.Unit}.{WithKey}";
        if (entry.Value is not MapNode with)
        {
            context.Add(entry.Place, key, null, "must be a map of placeholders and what stands for them");
            return values;
        }

        foreach (var given in with.Entries)
            if (given.Value is not ScalarNode { IsNull: false } text)
                context.Add(given.Place, $"{key}.{given.Key}", null, "must be text");
            else if (!values.TryAdd(given.Key, text.Text))
                context.Add(given.Place, $"{key}.{given.Key}", null, $"{{{given.Key}}} is known already: it is '{values[given.Key]}' here");
        return values;
    }

    /// <summary>The same node with its placeholders filled in, and with the place that uses it in every error about it.</summary>
    private ConfigurationNode Fill(ConfigurationNode node, Dictionary<string, string> values, HashSet<string> used, string via)
    {
        var place = node.Place with { Via = via };
        // A template is written out once for each unit: the bound on one file's values holds for all of them together.
        if (++written == ConfigurationFile.MaximumNodes)
            context.Add(place, PlantComposer.TemplatesKey, null, $"the templates written out have more than {ConfigurationFile.MaximumNodes} values: split the plant");
        if (written >= ConfigurationFile.MaximumNodes)
            return new ScalarNode(place, "", Plain: true);
        return node switch
        {
            ScalarNode scalar => scalar with { Place = place, Text = Fill(scalar.Text, place, values, used) },
            ListNode list => list with { Place = place, Items = [.. list.Items.Select(item => Fill(item, values, used, via))] },
            _ => new MapNode(place, [.. ((MapNode)node).Entries.Select(entry => new MapEntry(Fill(entry.Key, place, values, used), entry.Place with { Via = via }, Fill(entry.Value, values, used, via)))]),
        };
    }

    private string Fill(string text, TextPlace place, Dictionary<string, string> values, HashSet<string> used)
    {
        if (!text.Contains('{') && !text.Contains('}'))
            return text;
        var filled = Placeholder().Replace(text, match =>
        {
            if (match.Value is "{{" or "}}")
                return match.Value[..1];
            var name = match.Groups["name"].Value;
            used.Add(name);
            if (values.TryGetValue(name, out var value))
                return value;
            context.Add(place, PlantComposer.TemplatesKey, text, $"{{{name}}} has no value: give the unit one, as 'with: {{ {name}: … }}'; it has {string.Join(", ", values.Keys)}");
            return "";
        });
        if (filled.Length <= ConfigurationFile.MaximumTextLength)
            return filled;
        context.Add(place, PlantComposer.TemplatesKey, null, $"a value has at most {ConfigurationFile.MaximumTextLength} characters");
        return "";
    }

    /// <summary>The template's map with the unit's on top: maps are merged, all else is replaced.</summary>
    private MapNode Overlay(MapNode below, MapNode above, bool isTags)
    {
        var merged = below;
        foreach (var entry in above.Entries)
        {
            var known = below.Find(entry.Key);
            if (isTags && entry.Value is ScalarNode { Plain: true, Text: "none" })
            {
                if (known is null)
                    context.Add(entry.Place, entry.Key, "none", $"the template has no tag '{entry.Key}' to leave out: {Nearest.Hint(entry.Key, [.. below.Entries.Select(tag => tag.Key)])}");
                merged = merged.Without(entry.Key);
            }
            else if (known is null)
            {
                merged = merged with { Entries = [.. merged.Entries, entry] };
            }
            else
            {
                merged = merged.With(entry.Key, known.Value is MapNode lower && entry.Value is MapNode upper ? Overlay(lower, upper, entry.Key == "tags") : entry.Value);
            }
        }

        return merged;
    }

    private MapNode WithConditions(MapNode line, string name, Dictionary<string, List<ConfigurationNode>> conditions)
    {
        if (conditions.Values.All(list => list.Count == 0) || line.Find("always-on")?.Value is ScalarNode { Text: "true" })
            return line;
        var idle = line.Find("idle")?.Value ?? new MapNode(line.Place, []);
        if (idle is not MapNode map)
            return line;
        foreach (var (group, added) in conditions.Where(pair => pair.Value.Count > 0))
        {
            var known = map.Find(group);
            if (known?.Value is ScalarNode { Text: "none" })
                context.Add(known.Place, $"{name}.idle.{group}", "none", $"says none, but there are conditions: {added[0].Place.Via}");
            else if (known?.Value is null or ListNode)
                map = map.With(group, new ListNode(known?.Value.Place ?? map.Place, [.. (known?.Value as ListNode)?.Items ?? [], .. added]));
        }

        return line.With("idle", map);
    }

    [GeneratedRegex(@"\{\{|\}\}|\{(?<name>[A-Za-z][A-Za-z0-9-]*)\}")]
    private static partial Regex Placeholder();

    private sealed record Use(string Area, string Line, string Unit, MapEntry Entry, MapNode Map);
}
