using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Storage;

namespace PatchEdge.Gateway.Tests.Journal.Storage;

public sealed class CursorMovesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Newest_of_each_sink_is_taken_once_and_a_commit_is_asked_for_when_none_comes()
    {
        var time = new FakeTimeProvider();
        var asked = 0;
        using var moves = new CursorMoves(time, TimeSpan.FromSeconds(1), () => asked++);
        var works = new List<JournalWork>();
        moves.Take(works);
        Assert.Empty(works);
        moves.Add("a", new SinkPosition(1, 0));
        moves.Add("a", new SinkPosition(2, 3));
        moves.Add("b", new SinkPosition(7, 0));
        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, asked);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, asked);
        moves.Take(works);
        Assert.Equal(2, works.Count);
        moves.Take(works);
        Assert.Equal(2, works.Count);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Cursor_is_durable_with_the_next_commit_and_when_the_journal_closes()
    {
        var options = JournalFixture.Options(folder);
        var time = new FakeTimeProvider();
        await using (var journal = JournalWriter.Open(options, "Site", "gw", ["far"], time, NullLogger.Instance))
        {
            journal.MoveCursor("far", new SinkPosition(5, 2));
            await journal.WriteAsync(JournalFixture.Batch(1), Cancel);
            Assert.Equal((5L, 2L), Cursor(options));
            journal.MoveCursor("far", new SinkPosition(6, 0));
            journal.MoveCursor("far", new SinkPosition(9, 0));
        }

        Assert.Equal((9L, 0L), Cursor(options));
    }

    [Fact]
    public async Task Cursor_alone_is_durable_a_second_later()
    {
        var options = JournalFixture.Options(folder);
        var time = new FakeTimeProvider();
        await using var journal = JournalWriter.Open(options, "Site", "gw", ["far"], time, NullLogger.Instance);
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        journal.Committed += () => committed.TrySetResult();
        journal.MoveCursor("far", new SinkPosition(3, 1));
        time.Advance(TimeSpan.FromSeconds(1));
        await committed.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel);
        Assert.Equal((3L, 1L), Cursor(options));
    }

    private static (long Entry, long Offset) Cursor(JournalOptions options)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(options.Directory, "journal.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT entry, offset FROM cursor WHERE sink = 'far'";
        using var reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetInt64(0), reader.GetInt64(1)) : (0, 0);
    }
}
