using Microsoft.Data.Sqlite;

namespace PatchEdge.Scheduler.Tests.Harness;

/// <summary>A ledger that takes no entry, as when its disk is full.</summary>
internal static class FullDisk
{
    public static void Begin(RunningScheduler scheduler) =>
        Execute(scheduler, "CREATE TRIGGER full_disk BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'disk is full'); END;");

    public static void End(RunningScheduler scheduler) => Execute(scheduler, "DROP TRIGGER full_disk;");

    private static void Execute(RunningScheduler scheduler, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={scheduler.Folder["data/scheduler.db"]}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
