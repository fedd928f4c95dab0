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

try
{
    return await invocation.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (ConfigurationException exception)
{
    foreach (var error in exception.Errors)
        await Console.Error.WriteLineAsync(error.ToString());
    return ExitCodes.Usage;
}
