using PatchEdge.Plant.Files;

namespace PatchEdge.Plant.Tests.Files;

[Trait("Req", "hostile-35")]
public sealed class SecretFileTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Secret_of_the_owner_is_read_without_its_line_end()
    {
        Write("s3cret \r\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal("s3cret ", SecretFile.ReadText(path));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Secret_open_to_others_is_refused(UnixFileMode others)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "permissions are the directory's business there");
        Write("s3cret", UnixFileMode.UserRead | others);

        Assert.Contains("chmod 600", Assert.Throws<ConfigurationException>(() => SecretFile.ReadText(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_that_is_missing_or_empty_is_refused()
    {
        Assert.Contains("does not exist", Assert.Throws<ConfigurationException>(() => SecretFile.ReadText(path)).Message, StringComparison.Ordinal);
        Write("\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Contains("empty", Assert.Throws<ConfigurationException>(() => SecretFile.ReadText(path)).Message, StringComparison.Ordinal);
    }

    private void Write(string text, UnixFileMode mode)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
