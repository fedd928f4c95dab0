using PatchEdge.Agent.Configuration;
using PatchEdge.Agent.Procedures;
using PatchEdge.Agent.Tests.Harness;
using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.Tests.Procedures;

public sealed class ProcedureFileTests : IDisposable
{
    private const string Text = """
        name: install-update
        description: Installs what was staged
        steps:
          - name: stop
            command: [/usr/bin/systemctl, stop, hmi]
            timeout: 30s
            repeatable: true
          - name: install
            command: [./install, --quiet]
            working-directory: work
            environment: [PATH, LANG]
            timeout: 10m
            irreversible: true
          - name: reboot
            command: [/usr/sbin/reboot]
            timeout: 5m
            irreversible: true
            reboot: true
        rollback:
          - name: restore
            command: [/usr/bin/restore]
            timeout: 5m
            undoes: install
          - name: start
            command: [/usr/bin/systemctl, start, hmi]
            timeout: 30s

        """;

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Procedure_is_read_as_written()
    {
        var procedure = Read(Text);
        Assert.Equal("install-update", procedure.Name);
        Assert.Equal(["stop", "install", "reboot"], procedure.Steps.Select(step => step.Name));
        Assert.Equal(["/usr/bin/systemctl", "stop", "hmi"], procedure.Steps[0].Command);
        Assert.True(procedure.Steps[0].Repeatable);
        Assert.Equal(["PATH", "LANG"], procedure.Steps[1].Environment);
        Assert.True(procedure.Steps[1].Irreversible);
        Assert.True(procedure.Steps[2].Reboot);
        Assert.Equal("install", procedure.Rollback[0].Undoes);
        Assert.Equal(TimeSpan.FromMinutes(21), procedure.Longest);
        Assert.Equal(folder.Path, procedure.Folder);
        var installed = procedure.Installed();
        Assert.Equal(procedure.Digest(), installed.Digest);
        Assert.Equal(21 * 60_000, installed.LongestMs);
    }

    [Fact]
    public void Digest_ignores_comments_layout_description_and_place()
    {
        var digest = Read(Text).Digest();
        Assert.Equal(64, digest.Length);
        Assert.Equal(digest, Read("# comment\n" + Text.Replace("30s", "30000ms").Replace("Installs what", "What")).Digest());
        using var elsewhere = new TemporaryFolder();
        Assert.Equal(digest, ProcedureFile.Read(elsewhere.Write("b.yaml", Text)).Digest());
    }

    [Theory]
    [InlineData("stop, hmi", "stop, hmi2")]
    [InlineData("name: stop", "name: halt")]
    [InlineData("timeout: 10m", "timeout: 11m")]
    [InlineData("[PATH, LANG]", "[PATH]")]
    [InlineData("working-directory: work", "working-directory: other")]
    [InlineData("repeatable: true", "repeatable: false")]
    [InlineData("    undoes: install\n", "")]
    [InlineData("name: install-update", "name: other")]
    [InlineData("[./install, --quiet]", "['./install --quiet']")]
    public void Digest_changes_with_everything_that_decides_what_is_run(string from, string to)
    {
        var changed = Text.Replace(from, to);
        Assert.NotEqual(Text, changed);
        Assert.NotEqual(Read(Text).Digest(), Read(changed).Digest());
    }

    [Theory]
    [InlineData("/usr/bin/restore", "restore", "rollback[0].command", "by its path")]
    [InlineData("timeout: 10m", "timeout: 10", "steps[1].timeout", "duration")]
    [InlineData("timeout: 10m", "timeout: 25h", "steps[1].timeout", "at most")]
    [InlineData("undoes: install", "undoes: instal", "rollback", "did you mean 'install'?")]
    [InlineData("name: restore", "name: stop", "steps", "more than once")]
    [InlineData("repeatable: true", "repeatible: true", "steps[0].repeatible", "did you mean 'repeatable'?")]
    [InlineData("irreversible: true\n    reboot: true", "reboot: true", "steps[2].reboot", "mark the step irreversible")]
    [InlineData("[PATH, LANG]", "[PATH, 'A=B']", "steps[1].environment[1]", "environment variable")]
    [InlineData("command: [/usr/sbin/reboot]", "command: []", "steps[2].command", "needs a program")]
    [InlineData("    command: [/usr/sbin/reboot]\n", "", "steps[2].command", "required")]
    public void Error_names_its_line_key_and_what_is_allowed(string from, string to, string key, string message)
    {
        var exception = Assert.Throws<ConfigurationException>(() => Read(Text.Replace(from, to)));
        var error = Assert.Single(exception.Errors);
        Assert.Equal(key, error.Key);
        Assert.Contains(message, error.Message);
        Assert.True(error.Line > 0);
    }

    [Fact]
    [Trait("Req", "Promise 6")]
    public void File_folder_or_program_that_everybody_can_change_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps permissions in the directory");
        if (OperatingSystem.IsWindows())
            return;
        var file = folder.Write("procedures/a.yaml", Text);
        File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.OtherWrite);
        Assert.Contains("o-w", Assert.Throws<ConfigurationException>(() => ProcedureFile.Read(file)).Message);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        ProcedureFile.Read(file);
        var program = folder.Write("procedures/install", "#!/bin/sh\n");
        File.SetUnixFileMode(program, (UnixFileMode)0b111_101_111);
        Assert.Contains("install can be changed", Assert.Throws<ConfigurationException>(() => ProcedureFile.Read(file)).Message);
        File.Delete(program);
        File.SetUnixFileMode(folder.File("procedures"), (UnixFileMode)0b111_111_111);
        Assert.Contains("replaced", Assert.Throws<ConfigurationException>(() => ProcedureFile.Read(file)).Message);
        Assert.Contains("replaced", Assert.Throws<ConfigurationException>(() => ProcedureShelf.Load(folder.File("procedures"))).Message);
    }

    [Fact]
    public void Shelf_tells_the_errors_of_every_file_and_names_given_twice()
    {
        folder.Write("a.yaml", Text);
        folder.Write("b.yaml", Text);
        folder.Write("c.yaml", "name: x\n");
        folder.Write("ignored.txt", "?");
        var exception = Assert.Throws<ConfigurationException>(() => ProcedureShelf.Load(folder.Path));
        Assert.Contains(exception.Errors, error => error.File.EndsWith("b.yaml", StringComparison.Ordinal) && error.Message.Contains("already the name"));
        Assert.Contains(exception.Errors, error => error.File.EndsWith("c.yaml", StringComparison.Ordinal) && error.Key == "steps");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Reboot_is_refused_where_the_agent_does_not_live_through_it()
    {
        var file = folder.Write("a.yaml", Text);
        var exception = Assert.Throws<ConfigurationException>(() => ProcedureFile.Read(file, ActsFor.RemoteHost));
        Assert.Contains("'reboot' has reboot", Assert.Single(exception.Errors).Message);
        folder.Write("a.yaml", Text.Replace("    reboot: true\n", ""));
        Assert.Equal(3, ProcedureFile.Read(file, ActsFor.RemoteHost).Steps.Length);
    }

    [Fact]
    public void Last_step_may_prove_the_hosts_health_and_that_counts_in_the_digest()
    {
        var file = folder.Write("a.yaml", "name: a\nsteps:\n  - { name: do, command: [/bin/do], timeout: 1m }\n  - { name: check, command: [/bin/check], timeout: 1m, proves-health: true }\n");
        var (proving, digest) = (ProcedureFile.Read(file).Installed().ProvesHealth, ProcedureFile.Read(file).Digest());
        folder.Write("a.yaml", File.ReadAllText(file).Replace(", proves-health: true", ""));

        Assert.True(proving);
        Assert.False(ProcedureFile.Read(file).Installed().ProvesHealth);
        Assert.NotEqual(digest, ProcedureFile.Read(file).Digest());
    }

    [Theory]
    [InlineData("do", "is not the last step")]
    [InlineData("check, irreversible: true", "is irreversible")]
    public void Step_that_cannot_prove_the_hosts_health_is_refused(string step, string message)
    {
        var file = folder.Write("a.yaml", "name: a\nsteps:\n  - { name: do, command: [/bin/do], timeout: 1m }\n  - { name: check, command: [/bin/check], timeout: 1m }\n"
            .Replace($"name: {step.Split(',')[0]},", $"name: {step}, proves-health: true,"));

        Assert.Contains(message, Assert.Single(Assert.Throws<ConfigurationException>(() => ProcedureFile.Read(file)).Errors).Message);
    }

    [Fact]
    public void Example_for_a_control_node_is_accepted()
    {
        var example = Path.Combine(Sources.Folder, "config", "procedures", "ansible-update.yaml.example");
        Assert.Equal(["update-and-reboot"], ProcedureFile.Read(folder.Write("a.yaml", File.ReadAllText(example)), ActsFor.RemoteHost).Steps.Where(step => step.Irreversible).Select(step => step.Name));
    }

    [Fact]
    public void Webhook_is_read_and_each_of_its_fields_counts_in_the_digest()
    {
        Secret(new string('s', 32));
        var procedure = Read(Hook(""));
        Assert.Equal("https://awx.example/hook", procedure.Steps[0].Webhook!.Url);
        Assert.Empty(procedure.Steps[0].Command);
        string[] others = ["poll-every: 6s", "request-timeout: 31s", "plain-http: true"];
        var digests = others.Select(other => Read(Hook(other)).Digest())
            .Append(procedure.Digest())
            .Append(Read(Hook("").Replace("/hook", "/other")).Digest())
            .Append(Read(Hook("").Replace("secret }", "./secret }")).Digest());
        Assert.Equal(6, digests.Distinct().Count());
    }

    [Theory]
    [InlineData("https://awx.example/hook", "http://awx.example/hook", "must be https")]
    [InlineData("https://awx.example/hook", "https://me:word@awx.example/hook", "user or password")]
    [InlineData("https://awx.example/hook", "ftp://awx.example/hook", "ftp")]
    [InlineData("secret }", "absent }", "does not exist")]
    [InlineData("timeout:", "command: [/bin/true]\n    timeout:", "one or the other")]
    public void Webhook_that_would_be_unsafe_or_unclear_is_refused(string from, string to, string message)
    {
        Secret(new string('s', 32));
        var exception = Assert.Throws<ConfigurationException>(() => Read(Hook("").Replace(from, to)));
        Assert.Contains(exception.Errors, error => error.Message.Contains(message, StringComparison.Ordinal) && error.Line > 0);
    }

    [Fact]
    public void Webhook_with_a_short_secret_is_refused()
    {
        Secret("short");
        Assert.Contains("at least 16", Assert.Throws<ConfigurationException>(() => Read(Hook(""))).Message);
    }

    [Fact]
    public void Fleet_lock_is_an_irreversible_restart_whose_proof_depends_on_where_the_agent_is()
    {
        var file = folder.Write("a.yaml", "name: a\nsteps:\n  - name: restart\n    fleet-lock: {}\n    timeout: 30m\n");
        Assert.True(ProcedureFile.Read(file).Steps[0] is { FleetLock: true, Irreversible: true, Reboot: true });
        Assert.True(ProcedureFile.Read(file, ActsFor.RemoteHost).Steps[0] is { FleetLock: true, Irreversible: true, Reboot: false });
        folder.Write("a.yaml", "name: a\nsteps:\n  - name: restart\n    fleet-lock: {}\n    repeatable: true\n    timeout: 30m\n");
        Assert.Contains("one or the other", Assert.Throws<ConfigurationException>(() => ProcedureFile.Read(file)).Message);
    }

    private static string Hook(string more) => $$"""
        name: a
        steps:
          - name: one
            webhook: { url: "https://awx.example/hook", {{(more.Length == 0 ? "" : more + ", ")}}secret-file: secret }
            timeout: 10m

        """;

    private void Secret(string text)
    {
        var file = folder.Write("secret", text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Procedure Read(string text) => ProcedureFile.Read(folder.Write("a.yaml", text));
}
