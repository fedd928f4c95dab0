using System.CommandLine;
using PatchEdge.Agent.Commands;

var root = new RootCommand("Runs on a host to be patched, and obeys signed permits only.")
{
    RunCommand.Create(),
    CheckCommand.Create(),
    ProceduresCommand.Create(),
    StatusCommand.Create(),
    SettleCommand.Create(),
    ResetStateCommand.Create(),
};
var parsed = root.Parse(args);
// The host stops a running agent in order; the command line's own deadline would cut a step off.
return parsed.Errors.Count > 0 && parsed.Action is System.CommandLine.Invocation.ParseErrorAction
    ? await parsed.InvokeAsync() is 0 ? 0 : ConfigOption.Misuse
    : await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
