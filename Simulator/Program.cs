using System.Runtime.InteropServices;
using PatchEdge.Plant.Files;
using PatchEdge.Simulator.Commands;

var invocation = SimulatorCommandLine.Create(TimeProvider.System).Parse(args);
if (invocation.Errors.Count > 0)
{
    foreach (var error in invocation.Errors)
        await Console.Error.WriteLineAsync("patchedge-simulator: " + error.Message);
    await Console.Error.WriteLineAsync("Run 'patchedge-simulator --help' to see what there is.");
    return ExitCodes.Usage;
}

// The library's own handling of signals throws at the second one, and an impatient Ctrl-C is no reason to crash.
using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    return await invocation.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupted.Token);
}
catch (ConfigurationException exception)
{
    foreach (var error in exception.Errors)
        await Console.Error.WriteLineAsync(error.ToString());
    return ExitCodes.Usage;
}

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    interrupted.Cancel();
}
