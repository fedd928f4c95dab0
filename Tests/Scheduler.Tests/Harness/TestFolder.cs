using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>A folder of one test's own, and real SQLite in it.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("patchedge-scheduler-");

    public string Root => folder.FullName;

    public string Database => Path.Combine(Root, "scheduler.db");

    public string this[string name] => Path.Combine(Root, name);

    public string Write(string name, string text)
    {
        var path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public SchedulerDb Open() => new(new DbContextOptionsBuilder<SchedulerDb>().UseSqlite($"Data Source={Database}").AddInterceptors(new DurablePragmas()).Options);

    public async Task<SchedulerDb> CreateAsync()
    {
        var db = Open();
        await Schema.PrepareAsync(db, Database, TestContext.Current.CancellationToken);
        return db;
    }

    /// <summary>As somebody with another program at the file would.</summary>
    public void Tamper(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first value that the statement gives, as text.</summary>
    public string Query(string sql, string? file = null)
    {
        using var connection = new SqliteConnection($"Data Source={file ?? Database}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }
}
