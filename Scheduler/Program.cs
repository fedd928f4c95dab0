using PatchEdge.Scheduler.Commands;

return await SchedulerCommandLine.RunAsync(args);
