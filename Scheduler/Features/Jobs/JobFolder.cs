using System.Collections.Immutable;
using PatchEdge.Plant.Files;
using PatchEdge.Plant.Model;
using PatchEdge.Scheduler.Calendars;
using PatchEdge.Scheduler.Configuration;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Storage.Lease;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Features.Jobs;

/// <summary>Watches the directories of jobs and campaigns, and the calendars and training tables beside them: a new or changed file is read, and what is wrong with it is kept to be shown.</summary>
/// <remarks>It looks at a fixed pace rather than trusting notifications, which network drives and editors lose. Removing a file takes nothing back.</remarks>
internal sealed partial class JobFolder(
    SchedulerOptions options, PlantModel plant, CalendarShelf calendars, TrainingShelf training, RunnerInbox inbox, Leadership leadership, ChangeSignal changes, TimeProvider time, ILogger<JobFolder> log)
    : BackgroundService
{
    private const int MaximumFiles = 5_000;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, (long Length, DateTime Written)> read = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<ConfigurationError>> errors = new(StringComparer.Ordinal);

    /// <summary>Everything that is wrong with job files now. Thread-safe.</summary>
    public ImmutableArray<ConfigurationError> Errors { get; private set; } = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Pace, time);
        try
        {
            do
                await LookAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            if (calendars.Refresh())
                TablesRead(calendars.Current.Errors);
            if (training.Refresh())
                TablesRead(training.Current.Errors);
            // Job files are the leader's to take in; whoever leads next takes in its own.
            if (leadership.Acts)
                await ReadNewAsync(cancellation);
            else
                read.Clear();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            NotRead(exception.Message);
        }
    }

    private void TablesRead(ImmutableArray<ConfigurationError> wrong)
    {
        foreach (var error in wrong)
            Refused(error.ToString());
        inbox.Wake();
        changes.Raise();
    }

    private async Task ReadNewAsync(CancellationToken cancellation)
    {
        List<FileInfo> files = [.. Files(options.Jobs), .. Files(options.Campaigns)];
        var any = false;
        foreach (var gone in read.Keys.Except(files.Select(file => file.FullName)).ToList())
            any |= read.Remove(gone) | errors.Remove(gone);
        foreach (var file in files)
        {
            var stamp = (file.Length, file.LastWriteTimeUtc);
            if (read.TryGetValue(file.FullName, out var known) && known == stamp)
                continue;
            any = true;
            var found = await TakeAsync(file.FullName, cancellation);
            read[file.FullName] = stamp;
            errors.Remove(file.FullName);
            if (found.IsEmpty)
                continue;
            errors[file.FullName] = found;
            foreach (var error in found)
                Refused(error.ToString());
        }

        if (!any)
            return;
        Errors = [.. errors.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value)];
        changes.Raise();
    }

    private static IEnumerable<FileInfo> Files(string directory) =>
        new DirectoryInfo(directory) is { Exists: true } folder ? folder.EnumerateFiles("*.yaml").OrderBy(file => file.Name, StringComparer.Ordinal).Take(MaximumFiles) : [];

    private async Task<ImmutableArray<ConfigurationError>> TakeAsync(string path, CancellationToken cancellation)
    {
        var source = $"file {Path.GetFileName(path)}";
        Order order;
        try
        {
            order = Path.GetDirectoryName(path) == options.Campaigns.TrimEnd(Path.DirectorySeparatorChar)
                ? new Order.AddCampaign(CampaignFile.Read(path, plant), source, source)
                : new Order.Add(JobFile.Read(path, plant), source, source);
        }
        catch (ConfigurationException exception)
        {
            return [.. exception.Errors];
        }

        var result = await inbox.AskAsync(order, cancellation);
        if (result.Outcome is OrderOutcome.Failed or OrderOutcome.Elsewhere)
            throw new IOException(result.Messages[0]);
        if (result.Outcome == OrderOutcome.Refused)
            return [.. result.Messages.Select(message => new ConfigurationError(path, 0, "", null, message))];
        if (result.Outcome == OrderOutcome.Done)
            Taken(Path.GetFileName(path), result.Messages[0]);
        return [];
    }

    [LoggerMessage(3701, LogLevel.Information, "{File}: {Message}.")]
    private partial void Taken(string file, string message);

    [LoggerMessage(3702, LogLevel.Error, "{Error}")]
    private partial void Refused(string error);

    [LoggerMessage(3703, LogLevel.Error, "The directory of jobs, calendars or training cannot be read: {Reason}.")]
    private partial void NotRead(string reason);
}
