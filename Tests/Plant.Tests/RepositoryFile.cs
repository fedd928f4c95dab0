namespace PatchEdge.Plant.Tests;

/// <summary>Files of the source tree, such as the example configuration.</summary>
internal static class RepositoryFile
{
    public static string PathOf(string relative)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PatchEdge.sln")))
                return Path.Combine(folder.FullName, relative);
        throw new DirectoryNotFoundException("PatchEdge.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
