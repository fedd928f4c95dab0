using PatchEdge.Gateway.Cli;

return await GatewayCommands.RunAsync(args);
