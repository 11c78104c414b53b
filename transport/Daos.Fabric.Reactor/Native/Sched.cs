namespace Daos.Fabric.Reactor.Native;

/// <summary>sched.h: -1 and errno on failure.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Sched
{
    /// <summary>Pid 0 is the calling thread.</summary>
    [LibraryImport("libc")]
    internal static partial int sched_setaffinity(int pid, nuint setSize, void* set);

    [LibraryImport("libc")]
    internal static partial int sched_getaffinity(int pid, nuint setSize, void* set);
}
