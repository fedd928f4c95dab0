using System.Text;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Simulator.Faults;
using PatchEdge.Simulator.Layout;
using PatchEdge.Simulator.Processes;
using PatchEdge.Simulator.Recording;
using PatchEdge.Simulator.Truth;
using Spectre.Console;

namespace PatchEdge.Simulator.Commands;

/// <summary>The main job: a whole plant as processes, until it is interrupted or its time is up.</summary>
internal sealed class RunPlant(SimulatorOptions options, TimeProvider time)
{
    private const string Self = "simulator";
    private const string SchedulerName = "scheduler";

    /// <summary>Evidence reaches back from the message that closes it: what is under way when everything stops is proven by nothing.</summary>
    private static readonly TimeSpan LastProof = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan LookedUp = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan HostPace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SchedulerPatience = TimeSpan.FromSeconds(90);

    private readonly DataFolder data = new(options.Data);
    private readonly PortPlan ports = new(options.PortBase);
    private readonly OutputMerger output = new(AnsiConsole.Console, time);
    private readonly List<ChildProcess> children = [];
    private readonly TaskCompletionSource schedulerReady = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <returns>0 when every promise was kept, 1 when one was broken, 2 when it could not start.</returns>
    public async Task<int> RunAsync(CancellationToken cancelled)
    {
        using var own = data.Lock();
        if (own is null)
            return Refuse($"{data.Root} is in use by another simulator: stop it, or choose another folder with --data");
        var register = new ProcessRegister(data.Processes);
        if (register.EndLeftovers() is > 0 and var ended)
            output.Write(Self, $"ended {ended} processes that an earlier simulator had left running");

        var mosquitto = options.Mosquitto ? ProgramFolders.FindInstalled("mosquitto") : null;
        if (options.Mosquitto && mosquitto is null)
            return Refuse("mosquitto is not installed: install the package mosquitto, or leave --mosquitto out");
        var writer = new ConfigurationWriter(data, ports, options.Mosquitto);
        writer.WritePlant();
        var plant = PlantFile.Read(data.PlantFile);
        var listening = plant.Servers.Select(server => new Uri(server.Url).Port).ToList();
        if (ports.FirstTaken([.. listening, .. options.Faults ? listening.Select(PortPlan.Behind) : []]) is { } taken)
            return Refuse($"port {taken} is in use: stop what listens there, or choose other ports with --ports BASE (a hundred from BASE on are used)");
        foreach (var marker in Directory.EnumerateFiles(data.Hosts))
            File.Delete(marker);
        Trust.Exchange(data, plant, time);
        var jobs = new JobWatch(data, output, time);
        using var approver = new SimulatedApprover(data, output, time);
        using var retrying = options.UntilDone ? new SimulatedOperator(data, output, time) : null;
        using var watching = new CancellationTokenSource();
        using var faulting = new CancellationTokenSource();
        using var happened = new TruthFile(Path.Combine(data.Truth, "faults.jsonl"));
        var recorded = options.Record ?? (options.Faults ? Path.Combine(data.Root, "record") : null);
        await using var injected = recorded is null ? null : new PlantRecorder(recorded, "simulator", time);
        await using var network = options.Faults ? new PlantNetwork(plant) : null;
        FaultInjector? injector = null;
        var faulted = Task.CompletedTask;
        var watch = Task.CompletedTask;
        var start = time.GetUtcNow();
        var end = start;
        try
        {
            if (options.PlantOnly)
            {
                StartEquipment(plant, start, recorded, register);
            }
            else
            {
                if (mosquitto is not null)
                    Start(new ChildProgram(FaultInjector.Broker, mosquitto, ["-c", writer.WriteBroker()]), register);
                await StartSchedulerAsync(plant, writer, register, cancelled);
                // Production starts when somebody can watch it, however long this machine took to get there.
                start = time.GetUtcNow();
                StartEquipment(plant, start, recorded, register);
                StartGatewaysAndAgents(plant, register);
                if (network is not null)
                    faulted = (injector = new FaultInjector(children, plant, network, jobs, happened, injected!, options.Seed, output, time)).RunAsync(faulting.Token);
                watch = Task.WhenAll(jobs.RunAsync(watching.Token), approver.RunAsync(watching.Token), retrying?.RunAsync(watching.Token) ?? Task.CompletedTask, WatchHostsAsync(happened, watching.Token));
            }

            output.Write(Self, options.For is { } length
                ? $"running for {length.TotalSeconds:0} s; Ctrl-C stops everything sooner"
                : "running; Ctrl-C stops everything");
            await StayAsync(jobs, injector, cancelled);
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            output.Write(Self, "interrupted");
        }
        catch (TimeoutException late)
        {
            output.Write(Self, late.Message);
            return ExitCodes.Broken;
        }
        finally
        {
            await faulting.CancelAsync();
            await faulted.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // The gateways' journals are asked in whole milliseconds: a value of this very one would be before the end here, and not there.
            end = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
            await watching.CancelAsync();
            await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await StopAsync(plant);
        }

        if (options.PlantOnly)
            return Summarise(plant, start, jobs, []);
        var uncovered = await UncoveredAsync(plant, start, end - LastProof);
        var outages = children.Where(child => child.Agent is null).SelectMany(child => child.Outages).Concat(network?.Outages ?? []).ToList();
        var compared = OutageComparison.Of(outages, await ContinuityCheck.PartsAsync(data, plant, start, end - LastProof), plant, start, end - LastProof);
        output.Write(Self, $"continuity: {compared.Due - compared.Missed.Count} of {compared.Due} outages of critical tags are on record, {compared.Explained} of {compared.Recorded} parts on record are explained by one, worst error {compared.WorstError.TotalMilliseconds:0} ms");
        var missed = recorded is null ? [] : await CompareValuesAsync(plant, recorded, start, end - LastProof);
        return Summarise(plant, start, jobs, [.. uncovered, .. compared.Missed, .. missed]);
    }

    /// <summary>What nobody watched, but for what nobody could.</summary>
    private async Task<IReadOnlyList<string>> UncoveredAsync(PlantModel plant, DateTimeOffset start, DateTimeOffset until)
    {
        var (moments, trouble) = await ContinuityCheck.UncoveredAsync(data, plant, start, until);
        var standstills = new Standstills([.. TruthFile.ReadAll(data.Truth).Where(record => record.At >= start)], plant);
        foreach (var moment in moments.Where(standstills.Explain))
            output.Write(Self, $"no promise, since the simulated plant itself stood still on a machine with too much to do: {moment.Text}");
        return [.. moments.Where(moment => !standstills.Explain(moment)).Select(moment => moment.Text), .. trouble];
    }

    /// <summary>Value by value: what the servers recorded must be in one of the journals.</summary>
    private async Task<IReadOnlyList<string>> CompareValuesAsync(PlantModel plant, string recorded, DateTimeOffset start, DateTimeOffset until)
    {
        var (held, trouble) = await ContinuityCheck.ValuesAsync(data, plant, start, until);
        var record = PlantRecord.Read(recorded);
        var values = ValueComparison.Of(record with { Values = [.. record.Values.Where(value => value.Time >= start.UtcDateTime)] }, held, plant, until);
        output.Write(Self, $"values: of {values.Produced} that critical tags had {values.Produced - values.Missed.Count} reached a gateway's journal, {values.ByTwin} of them by the other server of their pair");
        return [.. values.Missed, .. trouble];
    }

    /// <summary>Until the time is up, or nothing is left to wait for.</summary>
    private async Task StayAsync(JobWatch jobs, FaultInjector? injector, CancellationToken cancelled)
    {
        var began = time.GetTimestamp();
        using var timer = new PeriodicTimer(HostPace, time);
        while ((options.For is not { } length || time.GetElapsedTime(began) < length) && !(options.UntilDone && jobs.AllDone))
            await timer.WaitForNextTickAsync(cancelled);
        // What was done last is to be on record before everything stops.
        if (options.UntilDone && jobs.AllDone)
            await Task.Delay(LastProof, time, cancelled);
        // And what the last fault hid is to be looked up in history.
        if (injector?.Quiet < LookedUp)
            await Task.Delay(LookedUp - injector.Quiet, time, cancelled);
    }

    /// <summary>Takes a host's programs down while a step of its patch says so.</summary>
    private async Task WatchHostsAsync(TruthFile happened, CancellationToken cancelled)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(HostPace, time);
        for (var last = time.GetTimestamp(); await timer.WaitForNextTickAsync(cancelled); last = time.GetTimestamp())
        {
            if (time.GetElapsedTime(last) is var stood && stood > Standstills.Shortest)
                happened.Append(Standstills.Record(Standstills.Simulator, time.GetUtcNow(), stood));
            foreach (var child in children.Where(child => child.Host is not null))
                child.SetDown(File.Exists(Path.Combine(data.Hosts, child.Host!)));
        }
    }

    private void StartEquipment(PlantModel plant, DateTimeOffset start, string? recorded, ProcessRegister register)
    {
        foreach (var server in plant.Servers)
        {
            string[] arguments = ["line", "--server", server.Name, "--data", data.Root, "--seed", options.Seed.ToString(null, null), "--start", start.ToString("O")];
            string[] behind = options.Faults ? ["--port", PortPlan.Behind(new Uri(server.Url).Port).ToString(null, null)] : [];
            Start(new ChildProgram(server.Name, "patchedge-simulator", [.. arguments, .. behind, .. recorded is null ? Array.Empty<string>() : ["--record", recorded]], server.Host), register);
        }
    }

    private async Task StartSchedulerAsync(PlantModel plant, ConfigurationWriter writer, ProcessRegister register, CancellationToken cancelled)
    {
        writer.WriteScheduler();
        foreach (var gateway in plant.Gateways)
            writer.WriteGateway(gateway, gateway == plant.Gateways[0]);
        foreach (var host in plant.Hosts)
            writer.WriteAgent(plant, host);
        writer.WriteJobs(plant, time.GetUtcNow());

        Start(new ChildProgram(SchedulerName, "patchedge-scheduler", ["run", "--config", data.Config]), register, WatchScheduler);
        await SchedulerListensAsync(cancelled);
        SayHowToSignIn();
    }

    private void StartGatewaysAndAgents(PlantModel plant, ProcessRegister register)
    {
        foreach (var gateway in plant.Gateways)
            Start(new ChildProgram(gateway.Name, "patchedge-gateway", ["run", "--config", data.GatewayConfig(gateway.Name, gateway == plant.Gateways[0])], gateway.Host), register);
        foreach (var host in plant.Hosts)
            Start(new ChildProgram("agent " + host.Name, "patchedge-agent", ["run", "--config", data.AgentConfig(host.Name)], Agent: host.Name), register);
    }

    private void Start(ChildProgram program, ProcessRegister register, Action<string>? onLine = null) =>
        children.Add(new ChildProcess(program, output, register, time, onLine));

    /// <summary>The first administrator's password is printed once in the database's life: kept here, so that a second start can still say it.</summary>
    private void WatchScheduler(string line)
    {
        if (line.Contains("Now listening on", StringComparison.Ordinal))
            schedulerReady.TrySetResult();
        if (line.Contains("First administrator", StringComparison.OrdinalIgnoreCase))
            data.WriteSecret(Path.GetFileName(data.FirstAdministrator), line.Trim());
    }

    private async Task SchedulerListensAsync(CancellationToken cancelled)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        deadline.CancelAfter(SchedulerPatience);
        try
        {
            await schedulerReady.Task.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            throw new TimeoutException($"the scheduler did not start within {SchedulerPatience.TotalSeconds:0} s: its last lines above say why");
        }
    }

    private void SayHowToSignIn()
    {
        var file = data.FirstAdministrator;
        output.Write(Self, "");
        output.Write(Self, $"  Console:  http://127.0.0.1:{ports.Console}");
        if (File.Exists(file))
            output.Write(Self, "  Sign in:  " + File.ReadAllText(file).Trim());
        output.Write(Self, $"  Why not:  patchedge-scheduler why JOB --config {data.Config}");
        output.Write(Self, $"  Data:     {data.Root} (kept for the next start)");
        output.Write(Self, "");
    }

    /// <summary>Whoever connects stops before whom it connects to, which would look like a fault otherwise: gateways and agents, the scheduler, then broker and equipment.</summary>
    private async Task StopAsync(PlantModel plant)
    {
        foreach (var alike in children.GroupBy(child => StopsIn(child, plant)).OrderBy(group => group.Key))
        {
            // All at once, so that it takes as long as the slowest.
            foreach (var child in alike)
                child.RequestStop();
            foreach (var child in alike)
                await child.DisposeAsync();
        }
    }

    private static int StopsIn(ChildProcess child, PlantModel plant) =>
        child.Name == SchedulerName ? 2
        : child.Name == FaultInjector.Broker || plant.Servers.Any(server => server.Name == child.Name) ? 3
        : 1;

    private int Summarise(PlantModel plant, DateTimeOffset start, JobWatch jobs, IReadOnlyList<string> uncovered)
    {
        var records = TruthFile.ReadAll(data.Truth).Where(record => record.At >= start).ToList();
        var unfinished = options.UntilDone ? jobs.States.Where(job => job.Value != "Done").Select(job => $"job {job.Key} is {job.Value}, not Done") : [];
        var breaches = Promises.Breaches(records, plant).Concat(uncovered).Concat(unfinished).ToList();
        var summary = new StringBuilder()
            .Append(records.Count(record => record.Kind == TruthKind.LineActive)).Append(" batches, ")
            .Append(records.Count(record => record.Kind == TruthKind.StepEnded)).Append(" patch steps on ")
            .Append(records.Where(record => record.Kind == TruthKind.StepEnded).Select(record => record.Subject).Distinct().Count()).Append(" hosts, ")
            .Append(children.Sum(child => child.UnexpectedEnds)).Append(" processes ended unasked, ")
            .Append(records.Count(record => record.Kind is TruthKind.Killed or TruthKind.Frozen or TruthKind.NetworkCut)).Append(" faults");
        output.Write(Self, summary.ToString());
        foreach (var state in jobs.States.GroupBy(job => job.Value).OrderBy(group => group.Key, StringComparer.Ordinal))
            output.Write(Self, $"jobs {state.Key}: {string.Join(", ", state.Select(job => job.Key).Order(StringComparer.Ordinal))}");
        foreach (var breach in breaches.Take(100))
            output.Write(Self, "BROKEN PROMISE: " + breach);
        output.Write(Self, breaches.Count == 0 ? "every promise was kept" : $"{breaches.Count} promises were broken");
        return breaches.Count == 0 ? ExitCodes.Success : ExitCodes.Broken;
    }

    private int Refuse(string why)
    {
        output.Write(Self, why);
        return ExitCodes.Usage;
    }
}
