using System.Runtime.Versioning;

namespace Daos.Fabric.Reactor.Tests.Native;

/// <summary>pthread.h and signal.h: interrupts one thread of this process. Each returns 0 or an errno.</summary>
[SupportedOSPlatform("linux")]
internal static partial class Signals
{
    internal const int SIGWINCH = 28;

    [LibraryImport("libc")]
    internal static partial nint pthread_self();

    [LibraryImport("libc")]
    internal static partial int pthread_kill(nint thread, int signal);
}
