namespace PatchEdge.Gateway.Journal.Storage;

/// <summary>Holds a data directory for one process. The operating system releases it when the process ends, however it ends.</summary>
internal sealed class JournalLock : IDisposable
{
    private readonly FileStream file;

    private JournalLock(FileStream file) => this.file = file;

    /// <exception cref="JournalException">Another process holds the directory.</exception>
    public static JournalLock Take(string directory)
    {
        var path = Path.Combine(directory, "journal.lock");
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            using (var text = new StreamWriter(file, leaveOpen: true))
                text.WriteLine(Environment.ProcessId);
            file.Flush();
            return new JournalLock(file);
        }
        catch (IOException exception)
        {
            throw new JournalException($"The journal in {directory} is in use by another process ({path} is locked). Stop the other gateway, or give this one a data directory of its own.", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new JournalException($"{path} cannot be opened for writing. Give this user write access to {directory}.", exception);
        }
    }

    public void Dispose() => file.Dispose();
}
