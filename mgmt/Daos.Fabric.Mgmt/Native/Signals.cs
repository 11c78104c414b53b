using System.Runtime.InteropServices;

namespace Daos.Fabric.Mgmt.Native;

/// <summary>Signals to engine processes. Any thread.</summary>
internal static partial class Signals
{
    private const int Terminate = 15;

    /// <summary>Asks a process to end cleanly; false when there is none any more.</summary>
    internal static bool SendTerminate(int process) => kill(process, Terminate) == 0;

    /// <summary>signal.h: 0, or -1 and errno.</summary>
    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
