using System.Runtime.InteropServices;

namespace Daos.Fabric.Integration.Tests.Native;

/// <summary>Namespaces of a thread (sched.h).</summary>
internal static partial class LibCNamespaces
{
    internal const int CLONE_NEWNET = 0x40000000;

    /// <summary>Moves the calling thread into the namespace of a descriptor; 0, or -1 with errno.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setns(int descriptor, int kind);
}
