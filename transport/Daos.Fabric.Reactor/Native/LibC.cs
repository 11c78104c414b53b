namespace Daos.Fabric.Reactor.Native;

/// <summary>Tells once whether this process may call the system's C library at all. Any thread.</summary>
internal static class LibC
{
    /// <summary>False on other systems than Linux, and where loading the library is refused.</summary>
    [SupportedOSPlatformGuard("linux")]
    internal static readonly bool IsAvailable = OperatingSystem.IsLinux() && Answers();

    [SupportedOSPlatform("linux")]
    private static bool Answers()
    {
        try
        {
            return Unistd.close(-1) < 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }
}
