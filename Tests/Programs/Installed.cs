namespace PatchEdge.Programs;

/// <summary>Finds programs of the system that tests use as judges.</summary>
public static class Installed
{
    /// <summary>Full path of a program, from PATH or the folders where Debian puts services.</summary>
    /// <returns>Null when it is not installed.</returns>
    public static string? Find(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/sbin", "/usr/local/sbin", "/usr/bin"]);
        var names = OperatingSystem.IsWindows() ? new[] { program + ".exe", program } : [program];
        return folders.Where(folder => folder.Length > 0)
            .SelectMany(folder => names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Full path of a program; the calling test is skipped, with the package's name, when it is not installed.</summary>
    public static string Require(string program, string package)
    {
        var file = Find(program);
        Assert.SkipWhen(file is null, $"needs {program}: install the package {package}");
        return file!;
    }
}
