using System.Runtime.Versioning;

namespace Daos.Fabric.Reactor.Tests.Native;

/// <summary>unistd.h: a second descriptor of the same open file, as io_uring holds one while a request is under way.</summary>
[SupportedOSPlatform("linux")]
internal static partial class Descriptors
{
    [LibraryImport("libc")]
    internal static partial int dup(int fd);

    [LibraryImport("libc")]
    internal static partial int close(int fd);
}
