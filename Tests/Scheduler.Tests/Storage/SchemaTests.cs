using PatchEdge.Plant.Files;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Tests.Harness;

namespace PatchEdge.Scheduler.Tests.Storage;

public sealed class SchemaTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Created_once_and_found_again()
    {
        await (await folder.CreateAsync()).DisposeAsync();
        await (await folder.CreateAsync()).DisposeAsync();

        Assert.True(File.Exists(folder.Database));
    }

    [Fact]
    [Trait("Req", "hostile-80")]
    public async Task Schema_of_a_newer_program_is_refused()
    {
        await (await folder.CreateAsync()).DisposeAsync();
        folder.Tamper("PRAGMA user_version = 99");

        Assert.Contains("99", (await Assert.ThrowsAsync<SchemaException>(folder.CreateAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "hostile-46")]
    public void Second_process_on_the_same_directory_is_refused()
    {
        using var first = DataDirectory.Take(folder["data"]);

        Assert.Contains("another scheduler", Assert.Throws<ConfigurationException>(() => DataDirectory.Take(folder["data"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Req", "hostile-35")]
    public void Secret_is_readable_by_its_owner_only_and_never_overwritten()
    {
        OwnerOnlyFile.Create(folder["s/secret"], "x");

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["s/secret"]));
        Assert.ThrowsAny<IOException>(() => OwnerOnlyFile.Create(folder["s/secret"], "y"));
    }
}
