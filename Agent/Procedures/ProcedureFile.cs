using System.Collections.Immutable;
using System.Text.RegularExpressions;
using PatchEdge.Agent.Configuration;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Agent.Procedures;

/// <summary>Reads one installed procedure.</summary>
internal static partial class ProcedureFile
{
    private const int MaximumSteps = 50;
    private const int MaximumArguments = 200;
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    /// <param name="path">The file.</param>
    /// <param name="actsFor">Where the host is: a reboot that the agent does not live through cannot be seen by its boot.</param>
    /// <exception cref="ConfigurationException">With every error.</exception>
    public static Procedure Read(string path, ActsFor actsFor = ActsFor.ThisHost) => ConfigurationFile.Read(path, root =>
    {
        var file = Path.GetFullPath(root.File);
        var folder = Path.GetDirectoryName(file)!;
        if (OwnerOnly.Refusal(file) is { } open)
            root.Error("", open);
        var procedure = new Procedure
        {
            Name = root.NameOf("name"),
            Description = root.Text("description", ""),
            Folder = folder,
            Steps = [.. root.Sections("steps").Select(step => ReadForward(step, folder, actsFor))],
            Rollback = [.. root.Sections("rollback").Select(step => ReadBack(step, folder))],
        };
        Check(root, procedure);
        if (actsFor == ActsFor.RemoteHost)
            CheckRemote(root, procedure);
        return procedure;
    });

    private static Step ReadForward(ConfigurationSection section, string folder, ActsFor actsFor)
    {
        if (section.OptionalSection("fleet-lock") is not null)
            return new Step
            {
                Name = section.NameOf("name"),
                Command = WithoutCommand(section, "fleet-lock", "irreversible", "reboot", "repeatable", "webhook"),
                FleetLock = true,
                Timeout = section.Duration("timeout", null, ShortestTimeout, LongestTimeout),
                Irreversible = true,
                Reboot = actsFor == ActsFor.ThisHost,
            };
        var step = ReadStep(section, folder) with { Irreversible = section.Bool("irreversible", false), ProvesHealth = section.Bool("proves-health", false) };
        if (step is { Reboot: true, Irreversible: false })
            section.Error("reboot", "a reboot cannot be taken back: mark the step irreversible too");
        return step;
    }

    private static Step ReadBack(ConfigurationSection section, string folder) =>
        ReadStep(section, folder) with { Undoes = section.OptionalName("undoes") };

    private static Step ReadStep(ConfigurationSection section, string folder) => section.OptionalSection("webhook") is { } webhook ? new()
    {
        Name = section.NameOf("name"),
        Command = WithoutCommand(section, "webhook"),
        Webhook = WebhookSection.Read(webhook, folder),
        Timeout = section.Duration("timeout", null, ShortestTimeout, LongestTimeout),
        Reboot = section.Bool("reboot", false),
        Repeatable = section.Bool("repeatable", false),
    } : new()
    {
        Name = section.NameOf("name"),
        Command = ReadCommand(section, folder),
        WorkingDirectory = section.OptionalText("working-directory"),
        Environment = ReadEnvironment(section),
        Timeout = section.Duration("timeout", null, ShortestTimeout, LongestTimeout),
        Reboot = section.Bool("reboot", false),
        Repeatable = section.Bool("repeatable", false),
    };

    private static ImmutableArray<string> ReadCommand(ConfigurationSection section, string folder)
    {
        if (section.Optional("command") is not { } command)
        {
            section.Error("command", "is required and missing: add a list such as [/usr/bin/systemctl, stop, hmi], or a webhook");
            return [""];
        }

        var words = command.Items().Select(item => item.Text()).ToImmutableArray();
        if (words.Length is 0 or > MaximumArguments)
        {
            command.Error($"needs a program and at most {MaximumArguments - 1} arguments");
            return [""];
        }

        if (words.Any(word => word.Contains('\0')))
            command.Error("no word of a command can contain a NUL character");
        var program = words[0];
        if (!program.Contains('/') && !program.Contains('\\'))
            command.Error($"the program must be given by its path, such as /usr/bin/{program}: nothing is searched for");
        else if (OwnerOnly.Refusal(Path.GetFullPath(program, folder)) is { } open)
            command.Error(open);
        return words;
    }

    /// <summary>Of a step that is something else, whose keys only a command can use are errors.</summary>
    private static ImmutableArray<string> WithoutCommand(ConfigurationSection section, string kind, params string[] others)
    {
        foreach (var key in others.Concat(["command", "working-directory", "environment"]))
            if (section.Has(key))
                section.Error(key, $"does not go with {kind}: a step is one or the other, and fleet-lock is always an irreversible restart");
        return [];
    }

    private static ImmutableArray<string> ReadEnvironment(ConfigurationSection section)
    {
        foreach (var item in section.List("environment"))
            if (item.Text() is { Length: > 0 } name && !VariableName().IsMatch(name))
                item.Error("must be the name of an environment variable; its value is taken from the agent's own environment");
        return section.Texts("environment");
    }

    private static void Check(ConfigurationSection root, Procedure procedure)
    {
        if (procedure.Steps.Length is 0 or > MaximumSteps)
            root.Error("steps", $"a procedure has 1 to {MaximumSteps} steps");
        if (procedure.Rollback.Length > MaximumSteps)
            root.Error("rollback", $"a rollback has at most {MaximumSteps} steps");
        var names = procedure.Steps.Select(step => step.Name).ToArray();
        var twice = names.Concat(procedure.Rollback.Select(step => step.Name)).GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1);
        foreach (var group in twice)
            root.Error("steps", $"the name '{group.Key}' stands more than once: each step, of the rollback too, needs its own");
        foreach (var step in procedure.Steps.SkipLast(1).Where(step => step.ProvesHealth))
            root.Error("steps", $"'{step.Name}' has proves-health and is not the last step: what comes after it could undo what it proved");
        if (procedure.Steps is [.., { ProvesHealth: true, Irreversible: true } last])
            root.Error("steps", $"'{last.Name}' has proves-health and is irreversible: a step that proves something changes nothing");
        foreach (var step in procedure.Rollback)
            if (step.Undoes is { } undoes && !names.Contains(undoes))
                root.Error("rollback", $"'{step.Name}' undoes '{undoes}', which is no step: {Nearest.Hint(undoes, names)}");
    }

    private static void CheckRemote(ConfigurationSection root, Procedure procedure)
    {
        foreach (var step in procedure.Steps.Concat(procedure.Rollback).Where(step => step.Reboot))
            root.Error("steps", $"'{step.Name}' has reboot, but this agent acts for a remote host (acts-for) and cannot see its boot: "
                + "let the step's command itself wait until the host is back, as Ansible's reboot module does, and remove reboot");
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,127}\\z", RegexOptions.NonBacktracking)]
    private static partial Regex VariableName();
}
