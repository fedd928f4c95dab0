namespace PatchEdge.Simulation.Machine;

/// <summary>A folder for one seed, in memory where the system has such a place: what is durable outlives a simulated crash, and no disk is waited for.</summary>
internal sealed class MemoryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateDirectory(Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), "plant-in-one-thread-" + Guid.NewGuid().ToString("N"))).FullName;

    public string Make(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    public void Write(string name, string text)
    {
        var file = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(Root, recursive: true);
    }
}
