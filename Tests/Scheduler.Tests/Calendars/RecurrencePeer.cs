using System.Diagnostics;
using System.Text.Json;

namespace PatchEdge.Scheduler.Tests.Calendars;

/// <summary>A question to the peer: when does this rule recur?</summary>
internal sealed record RecurrenceQuestion(string Rule, string Start, string Zone, DateTimeOffset From, DateTimeOffset To, string[] Exclude);

/// <summary>Recurrence rules and time zones of another make (the rrule package, Node's zones); see Tests/Peers/README.md.</summary>
internal static class RecurrencePeer
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The instants of each question, in order; the calling test is skipped when node or its package is not installed.</summary>
    public static async Task<DateTimeOffset[][]> AskAsync(IReadOnlyList<RecurrenceQuestion> questions, CancellationToken cancellation)
    {
        var folder = Path.Combine(Repository(), "Tests", "Peers", "rrule");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "rrule")))
            Assert.Skip("The package rrule is not installed: npm ci --prefix Tests/Peers/rrule");
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(Installed.Require("node", "nodejs"), [Path.Combine(folder, "expand.js")]) { RedirectStandardInput = true, RedirectStandardOutput = true },
        };
        process.Start();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Patience);
        try
        {
            var answer = process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.StandardInput.WriteAsync(JsonSerializer.Serialize(questions, Json).AsMemory(), deadline.Token);
            process.StandardInput.Close();
            var text = await answer;
            await process.WaitForExitAsync(deadline.Token);
            return JsonSerializer.Deserialize<DateTimeOffset[][]>(text, Json)!;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PatchEdge.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not lie in the repository.");
    }
}
