using System.Runtime.CompilerServices;
using PatchEdge.Gateway.Journal;

namespace PatchEdge.Gateway.Tests.Journal;

/// <summary>
/// The part of a process that writes a journal until it is killed: this test program, started with a directory in its environment.
/// It prints each sequence number when it would acknowledge it to a server.
/// </summary>
internal static class JournalWitness
{
    public const string Variable = "PATCHEDGE_JOURNAL_WITNESS";

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
        var options = new JournalOptions { Directory = directory, Linger = TimeSpan.FromMilliseconds(1) };
        await using var journal = JournalFixture.Open(options);
        var number = File.Exists(Path.Combine(directory, "journal.db")) ? JournalFixture.SequenceNumbers(directory).LastOrDefault() : 0;
        while (true)
        {
            var batch = JournalFixture.Batch(++number, 20, (sequence, _) =>
            {
                Console.Out.WriteLine(sequence);
                Console.Out.Flush();
            });
            if (!await journal.WaitToWriteAsync(default) || !journal.TryWrite(batch))
                return;
        }
    }
}
