using PatchEdge.Scheduler.Tests.Harness;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Tests.Training;

public sealed class TrainingTableTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("person,qualification,from,until\nBob,GMP patching,2026-01-01,2026-12-31\nEve,GMP patching,2026-02-01,\n")]
    [InlineData("\uFEFFQualification;Until;Person;From\r\n\"GMP patching\";2026-12-31;Bob;2026-01-01\r\n\r\nGMP patching;;Eve;2026-02-01\r\n")]
    public void Records_are_read_whatever_the_separator_and_the_order_of_columns(string text)
    {
        var (records, errors) = Read(text);

        Assert.Empty(errors);
        Assert.Equal(["Bob", "Eve"], records.Select(record => record.Person));
        Assert.All(records, record => Assert.Equal("GMP patching", record.Qualification));
        Assert.Equal([new DateOnly(2026, 12, 31), null], records.Select(record => record.Until));
        Assert.Equal(new DateOnly(2026, 1, 1), records[0].From);
    }

    [Theory]
    [InlineData("from", 2, "person,qualification,from\nBob,GMP,01.02.2026\n")]
    [InlineData("until", 3, "person,qualification,from,until\nBob,GMP,2026-01-01,\nBob,GMP,2026-01-02,2026-01-01\n")]
    [InlineData("person", 2, "person,qualification,from\n,GMP,2026-01-01\n")]
    [InlineData("qualification", 1, "person,from\nBob,2026-01-01\n")]
    [InlineData("level", 1, "person,qualification,from,level\n")]
    [InlineData("", 2, "person,qualification,from\nBob,GMP,2026-01-01,2026-12-31\n")]
    [InlineData("", 1, "")]
    [InlineData("", 0, "person,qualification,from\nBob,\"GMP,2026-01-01\n")]
    [Trait("Req", "hostile-78")]
    public void Wrong_row_is_told_with_its_line_and_column_and_nobody_is_trained_by_the_table(string column, int line, string text)
    {
        var (records, errors) = Read(text);

        Assert.Empty(records);
        var error = Assert.Single(errors);
        Assert.Equal((folder["lms.csv"], column, line), (error.File, error.Key, error.Line));
    }

    [Fact]
    public void Table_cannot_grow_without_bound()
    {
        var (records, errors) = Read("person,qualification,from\n" + string.Concat(Enumerable.Repeat("Bob,GMP,2026-01-01\n", TrainingTable.MaximumRows + 1)));

        Assert.Empty(records);
        Assert.Contains("50000", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    private (IReadOnlyList<TrainingRecord> Records, IReadOnlyList<Plant.Files.ConfigurationError> Errors) Read(string text)
    {
        folder.Write("lms.csv", text);
        var (records, errors) = new TrainingTable(folder["lms.csv"]).Read();
        return (records, errors);
    }
}
