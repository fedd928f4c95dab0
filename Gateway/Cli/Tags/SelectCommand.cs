using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using PatchEdge.Gateway.Acquisition;
using PatchEdge.Gateway.Cli.Servers;
using PatchEdge.Gateway.Cli.Tags.Selection;
using PatchEdge.Gateway.Options;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Security.Certificates;
using PatchEdge.OpcUa.Types;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Tags;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Tags;

/// <summary><c>tags select</c>: variables by browse path and wildcard, frozen into a list to be looked through and imported.</summary>
internal static class SelectCommand
{
    public static Command Create()
    {
        var connection = new ConnectionArguments();
        var patterns = new Argument<string[]>("[URL] PATTERN") { Description = "Browse paths from the root, such as /Objects/Line1/*/Status/**: * for part of a name, ** for any number of steps, & before . / : # ! < > and *.", Arity = ArgumentArity.OneOrMore };
        var directory = new Option<DirectoryInfo?>("--config") { Description = "Directory of plant.yaml and gateway.yaml, for --server." };
        var server = new Option<string?>("--server") { Description = "Server of the plant file; its address and security come from there." };
        var line = new Option<string?>("--line") { Description = "Line that the tags belong to." };
        var unit = new Option<string?>("--unit") { Description = "Unit that the tags belong to." };
        var unitLevel = new Option<int?>("--unit-level") { Description = "The step of the path that names the unit, from 1 (Objects)." };
        var output = new Option<FileInfo?>("--out") { Description = "File to write; standard output without it." };
        var excel = new Option<bool>("--excel") { Description = "Write as Excel opens it by a double click." };
        var depth = new Option<int>("--depth") { Description = "Levels to go down.", DefaultValueFactory = _ => 16 };
        var limit = new Option<int>("--limit") { Description = "Variables to select at most.", DefaultValueFactory = _ => 10_000 };
        var properties = new Option<bool>("--properties") { Description = "Wildcards mean properties, too." };
        var command = new Command("select", "Selects variables of a server by browse path, as a table to look through and import.") { patterns, directory, server, line, unit, unitLevel, output, excel, depth, limit, properties };
        connection.AddOptionsTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var texts = parsed.GetValue(patterns)!;
            var url = texts[0].Contains("://", StringComparison.Ordinal) ? texts[0] : null;
            var wanted = texts.Skip(url is null ? 0 : 1).Select(PathPattern.Parse).ToList();
            if (wanted.Count == 0)
                throw new UsageException("A pattern is missing. Write one behind the URL, such as /Objects/**.");
            if ((parsed.GetValue(depth), parsed.GetValue(limit)) is not (> 0 and <= 64, > 0 and <= TagTableReader.MaximumRows))
                throw new UsageException($"--depth goes from 1 to 64, --limit from 1 to {TagTableReader.MaximumRows}.");
            await using var client = url is not null
                ? await connection.ConnectAsync(parsed, ConnectionArguments.UrlOf(url), cancel).ConfigureAwait(false)
                : await ConnectAsync(parsed.GetValue(directory), parsed.GetValue(server), cancel).ConfigureAwait(false);
            var limits = new SelectionLimits(parsed.GetValue(depth), parsed.GetValue(limit), parsed.GetValue(properties));
            var template = new TagRow("", 0) { [TagColumn.Line] = parsed.GetValue(line) ?? "", [TagColumn.Unit] = parsed.GetValue(unit) ?? "", [TagColumn.Servers] = parsed.GetValue(server) ?? "" };
            var known = url is null ? KnownTags(parsed.GetValue(directory)!, parsed.GetValue(server)!) : [];
            var rows = await SelectAsync(client, wanted, limits, template, parsed.GetValue(unitLevel), known, cancel).ConfigureAwait(false);
            // Settings of tags that there may be already are not known here: columns that are left out leave them as they are.
            var content = TagTableWriter.Write(rows, parsed.GetValue(excel) ? TableForm.Excel : TableForm.Plain, url is null ? TagColumns.All : Known);
            if (parsed.GetValue(output) is { } file)
            {
                FileReplacement.Write(file.FullName, content);
                await Console.Error.WriteLineAsync(Printable.Line($"{rows.Count} variables are in {file}. Look it through, then: tags import {file} --config DIR")).ConfigureAwait(false);
            }
            else
            {
                await using var stream = Console.OpenStandardOutput();
                await stream.WriteAsync(content, cancel).ConfigureAwait(false);
            }

            return rows.Count > 0 ? ExitCodes.Success : ExitCodes.Problem;
        });
        return command;
    }

    /// <summary>Connects as the gateway would.</summary>
    internal static async Task<UaClient> ConnectAsync(DirectoryInfo? directory, string? server, CancellationToken cancel)
    {
        if (directory is null || server is null)
            throw new UsageException("Name a server: opc.tcp://host:port before the patterns, or --config DIR with --server NAME.");
        var configuration = GatewayConfiguration.Load(directory.FullName);
        var place = configuration.Table.Servers.FirstOrDefault(candidate => candidate.Name == server)
            ?? throw new UsageException($"--server {server}: gateway {configuration.Options.Name} watches no such server: {Nearest.Hint(server, [.. configuration.Table.Servers.Select(known => known.Name)])}");
        var client = new UaClient(ServerConnection.OptionsFor(place, configuration, new CertificateStore(configuration.Options.Pki, TimeProvider.System), TimeProvider.System));
        try
        {
            await client.ConnectAsync(cancel).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What a server alone can say of a tag.</summary>
    private static readonly ImmutableArray<TagColumn> Known =
        [TagColumn.Line, TagColumn.Unit, TagColumn.Tag, TagColumn.Servers, TagColumn.Node, TagColumn.Type, TagColumn.BrowsePath, TagColumn.SelectedBy, TagColumn.ResolvedAt, TagColumn.Note];

    /// <summary>By node: the tag that the plant has for it at this server, with all its settings.</summary>
    private static Dictionary<string, TagRow> KnownTags(DirectoryInfo directory, string server)
    {
        var plant = PlantDocument.Open(Path.Combine(directory.FullName, PlantFile.FileName));
        var rows = (plant.Table?.Rows ?? []).ToDictionary(row => row.Name, StringComparer.Ordinal);
        return plant.Model.Tags.Where(tag => tag.Servers.Contains(server)).DistinctBy(tag => tag.Node)
            .ToDictionary(tag => tag.Node, tag => TagText.Row(tag, rows.GetValueOrDefault(tag.Name)), StringComparer.Ordinal);
    }

    private static async Task<List<TagRow>> SelectAsync(
        UaClient client, List<PathPattern> patterns, SelectionLimits limits, TagRow template, int? unitLevel, Dictionary<string, TagRow> known, CancellationToken cancel)
    {
        var selector = new NodeSelector(client, limits);
        var found = new List<(PathPattern Pattern, SelectedNode Node)>();
        foreach (var pattern in patterns)
        {
            var nodes = await selector.SelectAsync(pattern, cancel).ConfigureAwait(false);
            if (nodes.Count == 0)
                await Console.Error.WriteLineAsync(Printable.Line($"Nothing matches '{pattern.Text}'. See 'browse' for what is there; a name with a dot or slash is written with & before it.")).ConfigureAwait(false);
            found.AddRange(nodes.Select(node => (pattern, node)));
        }

        found = [.. found.DistinctBy(pair => pair.Node.Node)];
        var facts = await NodeFacts.ReadAsync(client, [.. found.Select(pair => pair.Node.Node)], cancel).ConfigureAwait(false);
        var scalars = found.Index().Where(pair => !facts[pair.Index].IsArray && (facts[pair.Index].DataType is not { } type || TagColumns.DataTypes.Contains(type))).ToList();
        if (selector.PassedOver > 0)
            await Console.Error.WriteLineAsync("Wildcards passed over properties and the server's own nodes; --properties takes properties in.").ConfigureAwait(false);
        if (scalars.Count < found.Count)
            await Console.Error.WriteLineAsync($"{found.Count - scalars.Count} arrays and structures are left out: a tag is one value.").ConfigureAwait(false);
        var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var rows = scalars.Select(pair => Row(pair.Item, facts[pair.Index].DataType, template, unitLevel, client.Server.NamespaceArray, now)).ToList();
        rows = Distinguished(rows, [.. scalars.Select(pair => pair.Item.Node)]);
        var already = rows.Count(row => known.ContainsKey(row[TagColumn.Node]));
        if (already > 0)
            await Console.Error.WriteLineAsync($"{already} of them are tags already and stand there as the plant has them.").ConfigureAwait(false);
        return [.. rows.Select(row => known.TryGetValue(row[TagColumn.Node], out var there)
            ? there.With(new[] { TagColumn.BrowsePath, TagColumn.SelectedBy, TagColumn.ResolvedAt }.Select(column => KeyValuePair.Create(column, row[column]))) : row)];
    }

    private static TagRow Row((PathPattern Pattern, SelectedNode Node) found, string? dataType, TagRow template, int? unitLevel, IReadOnlyList<string?> namespaces, string now) => template.With(
    [
        new(TagColumn.Unit, unitLevel is { } level && level > 0 && level < found.Node.Names.Count ? Name(found.Node.Names[level - 1]) : template[TagColumn.Unit]),
        new(TagColumn.Tag, Name(found.Node.Names[^1])),
        new(TagColumn.Node, NodeText(found.Node.Node, namespaces)),
        new(TagColumn.Type, dataType ?? ""),
        new(TagColumn.BrowsePath, found.Node.Path),
        new(TagColumn.SelectedBy, found.Pattern.Text),
        new(TagColumn.ResolvedAt, now),
    ]);

    /// <summary>A node by its namespace's URI: an index may move when the server restarts.</summary>
    internal static string NodeText(NodeId node, IReadOnlyList<string?> namespaces) =>
        node.NamespaceIndex > 0 && node.NamespaceIndex < namespaces.Count && namespaces[node.NamespaceIndex] is { } uri
            ? new ExpandedNodeId(node.WithNamespace(0), uri).ToString() : node.ToString();

    /// <summary>Tags of one name get the names above theirs in front, as many as it takes.</summary>
    private static List<TagRow> Distinguished(List<TagRow> rows, List<SelectedNode> nodes)
    {
        var rest = Enumerable.Range(0, rows.Count).ToList();
        for (var levels = 2; levels < 16 && rest.Count > 0; levels++)
        {
            rest = [.. rest.GroupBy(index => rows[index].Name.ToUpperInvariant()).Where(group => group.Count() > 1).SelectMany(group => group)];
            foreach (var index in rest)
                rows[index] = rows[index].With([new(TagColumn.Tag, Name(string.Join('.', nodes[index].Names.TakeLast(levels))))]);
        }

        return rows;
    }

    private static string Name(string browseName)
    {
        var name = string.Concat(browseName.Trim().Select(character => character is '/' or '+' or '#' || char.IsControl(character) ? '_' : character));
        return name.Length <= Names.MaximumLength ? name : name[^Names.MaximumLength..];
    }
}
