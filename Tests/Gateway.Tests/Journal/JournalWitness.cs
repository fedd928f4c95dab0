using System.Globalization;
using System.Runtime.CompilerServices;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Tests.Journal;

/// <summary>
/// The part of a process that writes a journal until it is killed: this test program, started with a directory in its environment. What it shall
/// write comes line by line, a sequence number and a seed; it prints each number when it would acknowledge it to a server.
/// </summary>
internal static class JournalWitness
{
    public const string Variable = "PATCHEDGE_JOURNAL_WITNESS";

    /// <summary>Readings in one notification, each a double made from the seed.</summary>
    public const int Readings = 20;

#pragma warning disable CA2255 // The test program has no entry point of its own to put this into.
    [ModuleInitializer]
    internal static void Begin()
#pragma warning restore CA2255
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } directory)
            return;
        WriteAsync(directory).GetAwaiter().GetResult();
        Environment.Exit(0);
    }

    private static async Task WriteAsync(string directory)
    {
        var options = new JournalOptions { Directory = directory, Linger = TimeSpan.FromMilliseconds(1), ReserveBytes = 64 * 1024 };
        await using var journal = JournalFixture.Open(options);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var number = uint.Parse(line.AsSpan(0, space), CultureInfo.InvariantCulture);
            var batch = JournalFixture.Batch(number, Readings, double.Parse(line.AsSpan(space), CultureInfo.InvariantCulture), (sequence, _) =>
            {
                Console.Out.WriteLine(sequence);
                Console.Out.Flush();
            });
            if (!await journal.WaitToWriteAsync(default) || !journal.TryWrite(batch))
                return;
        }
    }
}
