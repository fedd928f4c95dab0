using System.Security.Cryptography;
using System.Text;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Processes;

namespace PatchEdge.Simulator.Layout;

/// <summary>Writes the configuration of every process of the simulated plant, as an engineer would have.</summary>
/// <remarks>Written anew at each start: nothing here is state. Shorter times than a plant would choose, so that a first look is short.</remarks>
/// <param name="ownBroker">The broker is a process of its own that asks nobody for a name, not the scheduler's.</param>
internal sealed class ConfigurationWriter(DataFolder data, PortPlan ports, bool ownBroker)
{
    public const string Procedure = "install-update";

    /// <summary>Who asks for the simulated jobs; somebody else signs them.</summary>
    public const string Requester = "Simulated engineer";

    private static readonly string[] PatchedFirst = ["filling-hmi", "packaging-hmi", "line-server", "filling-scada", "chamber-server-a", "chamber-server-b", "edge-1", "edge-2"];

    private static string Example => Path.Combine(AppContext.BaseDirectory, "config");

    /// <summary>The example plant of the repository, moved to our ports.</summary>
    public void WritePlant() =>
        File.WriteAllText(data.PlantFile, ports.Move(File.ReadAllText(Path.Combine(Example, "plant.yaml"))));

    public void WriteScheduler()
    {
        Directory.CreateDirectory(Path.Combine(data.Config, "jobs"));
        var calendars = Directory.CreateDirectory(Path.Combine(data.Config, "calendars")).FullName;
        File.WriteAllText(Path.Combine(calendars, "site.ics"), AlwaysOpen.ReplaceLineEndings("\r\n"));
        File.WriteAllText(Path.Combine(data.Config, "scheduler.yaml"), $"""
            data: ../scheduler
            listen: http://127.0.0.1:{ports.Console}
            mqtt:
            {(ownBroker ? $"  broker: mqtt://127.0.0.1:{ports.Mqtt}" : $"  embedded: {{ listen: '127.0.0.1:{ports.Mqtt}' }}")}
            offer-every: 2s
            wake-every: 1s
            verify-for: 5s
            verify-within: 2m
            agent-silence: 1m
            rest: 5s
            procedures:
              {Procedure}:
                expected-duration: 15s

            """);
    }

    public void WriteGateway(GatewayNode gateway, bool isFirst)
    {
        var folder = Directory.CreateDirectory(data.GatewayConfig(gateway.Name, isFirst)).FullName;
        var root = data.Root.Replace('\\', '/');
        if (!isFirst)
            File.Copy(data.PlantFile, Path.Combine(folder, "plant.yaml"), overwrite: true);
        File.WriteAllText(Path.Combine(folder, "gateway.yaml"), $"""
            name: {gateway.Name}
            data: '{root}/{gateway.Name}'
            pki: '{root}/{gateway.Name}/pki'
            application-uri: {Trust.GatewayUri}:{gateway.Name}
            mqtt:
              broker: mqtt://127.0.0.1:{ports.Mqtt}
            {Credentials("gateway-" + gateway.Name, root + "/config")}

            """);
    }

    public void WriteAgent(PlantModel plant, Host host)
    {
        var folder = Directory.CreateDirectory(data.AgentConfig(host.Name)).FullName;
        var procedures = Directory.CreateDirectory(Path.Combine(folder, "procedures")).FullName;
        var config = data.Config.Replace('\\', '/');
        File.WriteAllText(Path.Combine(folder, "agent.yaml"), $"""
            site: {plant.Site}
            host: {host.Name}
            data: data
            scheduler-key: '{config}/secrets/scheduler.key.pub.pem'
            mqtt:
              broker: mqtt://127.0.0.1:{ports.Mqtt}
            {Credentials("agent-" + host.Name, config)}

            """);
        File.WriteAllText(Path.Combine(procedures, Procedure + ".yaml"), $"""
            name: {Procedure}
            description: Pretends to install an update and to restart the host's services
            steps:
            {Step(host, "prepare", 2)}
            {Step(host, "install", 4)}
                irreversible: true
            {Step(host, "restart-services", 2, takesDown: true)}
                irreversible: true
            rollback:
            {Step(host, "restore", 2)}

            """);
    }

    /// <summary>A job for every host at each start, gateways and the chamber's servers included; ids tell the start apart.</summary>
    public void WriteJobs(PlantModel plant, DateTimeOffset now)
    {
        var patch = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("simulated update")));
        var number = 0;
        foreach (var host in PatchedFirst.Where(name => plant.Hosts.Any(host => host.Name == name)))
            File.WriteAllText(Path.Combine(data.Config, "jobs", $"{now:yyyyMMdd-HHmmss}-{host}.yaml"), $"""
                id: update-{now:MMdd-HHmmss}-{++number}
                host: {host}
                procedure: {Procedure}
                patch:
                  name: Simulated update
                  digest: {patch}
                requested-by: {Requester}

                """);
    }

    /// <summary>The broker's, when it is a process of its own.</summary>
    /// <returns>Where it stands.</returns>
    public string WriteBroker()
    {
        var file = Path.Combine(data.Config, "mosquitto.conf");
        // Started by root it would become a user who may not read our folder.
        File.WriteAllText(file, $"""
            listener {ports.Mqtt} 127.0.0.1
            allow_anonymous true
            persistence false
            log_dest stderr
            log_type error
            log_type warning
            {(Environment.UserName == "root" ? "user root" : "")}

            """);
        return file;
    }

    private string Credentials(string user, string config) =>
        ownBroker ? "" : $"  user: {user}{Environment.NewLine}  password-file: '{config}/secrets/mqtt/{user}'";

    private string Step(Host host, string name, int seconds, bool takesDown = false) => $"""
              - name: {name}
                command: ['{ProgramFolders.Find("patchedge-simulator").Replace('\\', '/')}', step, --host, {host.Name}, --name, {name}, --for, {seconds}s, --truth, '{data.Truth.Replace('\\', '/')}'{(takesDown ? $", --down, '{data.Hosts.Replace('\\', '/')}'" : "")}]
                environment: [DOTNET_ROOT]
                timeout: 1m
            """;

    private const string AlwaysOpen = """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//PatchEdge//Simulator//EN
        BEGIN:VEVENT
        UID:every-day@simulator
        DTSTAMP:20260101T000000Z
        DTSTART:20260101T000000Z
        DURATION:P1D
        RRULE:FREQ=DAILY
        SUMMARY:Patching allowed at any time
        CATEGORIES:WINDOW
        END:VEVENT
        END:VCALENDAR

        """;
}
