using PatchEdge.Simulator.Commands;

var invocation = SimulatorCommandLine.Create(TimeProvider.System).Parse(args);
return invocation.Errors.Count > 0
    ? await invocation.InvokeAsync() * 0 + ExitCodes.Usage
    : await invocation.InvokeAsync();
