using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PatchEdge.Gateway.Tests.Journal;

/// <summary>Keeps what is logged.</summary>
internal sealed class HeardLog : ILogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> lines = new();

    public IEnumerable<(int Id, string Text)> Lines => lines;

    public bool Has(int id) => lines.Any(line => line.Id == id);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        lines.Enqueue((eventId.Id, formatter(state, exception)));
}
