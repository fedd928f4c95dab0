namespace PatchEdge.Simulator.Layout;

/// <summary>Where everything of one simulated plant lives, so that a second start finds it again.</summary>
internal sealed class DataFolder
{
    public DataFolder(string path)
    {
        Root = Path.GetFullPath(path);
        foreach (var folder in new[] { Config, Secrets, Truth, Equipment, Hosts })
            Directory.CreateDirectory(folder);
    }

    public string Root { get; }

    public string Config => Path.Combine(Root, "config");

    /// <summary>Readable by its owner only, as every file in it.</summary>
    public string Secrets => Path.Combine(Config, "secrets");

    /// <summary>What really happened; see <see cref="Simulator.Truth.TruthFile"/>.</summary>
    public string Truth => Path.Combine(Root, "truth");

    /// <summary>What the line controllers keep.</summary>
    public string Equipment => Path.Combine(Root, "equipment");

    public string Processes => Path.Combine(Root, "processes.txt");

    public string PlantFile => Path.Combine(Config, "plant.yaml");

    /// <summary>Where the running scheduler's API answers.</summary>
    public string SchedulerAddress => Path.Combine(Root, "scheduler", "local-api.address");

    /// <summary>What the local command line, and we, show to be let in.</summary>
    public string SchedulerToken => Path.Combine(Root, "scheduler", "local-api.token");

    /// <summary>What the scheduler said once about its first administrator.</summary>
    public string FirstAdministrator => Path.Combine(Secrets, "first-administrator.txt");

    /// <summary>Password of the account that signs the simulated jobs.</summary>
    public string ApproverPassword => Path.Combine(Secrets, "simulated-qa.txt");

    /// <summary>Hosts that are being patched: a file for each whose programs are down.</summary>
    public string Hosts => Path.Combine(Root, "hosts");

    /// <summary>The first gateway's stands beside the scheduler's, as on a small site; every other one has its own.</summary>
    public string GatewayConfig(string gateway, bool isFirst) => isFirst ? Config : Path.Combine(Root, "gateways", gateway);

    public string AgentConfig(string host) => Path.Combine(Root, "agents", host);

    public string ServerPki(string server) => Path.Combine(Equipment, server, "pki");

    public string GatewayPki(string gateway) => Path.Combine(Root, gateway, "pki");

    /// <summary>Takes the folder for this process.</summary>
    /// <returns>Null when another simulator has it.</returns>
    public FileStream? Lock()
    {
        try
        {
            return new FileStream(Path.Combine(Root, "simulator.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void WriteSecret(string file, string text)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Secrets, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(Path.Combine(Secrets, file), options);
        writer.Write(text);
    }
}
