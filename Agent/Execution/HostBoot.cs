using Microsoft.Win32;

namespace PatchEdge.Agent.Execution;

/// <summary>Tells one boot of the host from another.</summary>
internal static class HostBoot
{
    /// <summary>The system gives no boot identity: then no restart can be proven, and a reboot step's outcome stays unknown.</summary>
    public const string Unknown = "unknown";

    private const string LinuxFile = "/proc/sys/kernel/random/boot_id";
    private const string WindowsKey = @"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters";

    /// <param name="file">File that holds the identity; null asks the operating system.</param>
    public static string Read(string? file)
    {
        try
        {
            if (file is not null || OperatingSystem.IsLinux())
                return File.ReadAllText(file ?? LinuxFile).Trim() is { Length: > 0 } id ? id : Unknown;
            return OperatingSystem.IsWindows() && Registry.GetValue(WindowsKey, "BootId", null) is int count ? $"boot-{count}" : Unknown;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Unknown;
        }
    }
}
