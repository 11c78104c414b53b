using System.Runtime.InteropServices;

namespace Daos.Fabric.Transport.Tests.Harness;

/// <summary>
/// What the C library's allocator has handed out in this process: segments of connections, and what libraries such as libssl take. Blocks so
/// large that they are mapped one by one count as well.
/// </summary>
internal static partial class NativeHeap
{
    internal static long BytesInUse() => (long)(mallinfo2().uordblks + mallinfo2().hblkhd);

    [LibraryImport("libc")]
    private static partial Mallinfo2 mallinfo2();

    [StructLayout(LayoutKind.Sequential)]
    private struct Mallinfo2
    {
        public nuint arena;
        public nuint ordblks;
        public nuint smblks;
        public nuint hblks;
        public nuint hblkhd;
        public nuint usmblks;
        public nuint fsmblks;
        public nuint uordblks;
        public nuint fordblks;
        public nuint keepcost;
    }
}
