using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory.Greeting;

/// <summary>Doorbells are eventfds; writing to anything else that a peer sends could block this thread. Any thread.</summary>
internal static unsafe class Doorbell
{
    private const int TargetBytesMax = 64;

    /// <summary>True when the descriptor is an eventfd.</summary>
    internal static bool IsEventfd(int descriptor)
    {
        byte* target = stackalloc byte[TargetBytesMax];
        nint length = Unistd.readlink($"/proc/self/fd/{descriptor}", target, TargetBytesMax);
        return length > 0 && new ReadOnlySpan<byte>(target, (int)length).SequenceEqual("anon_inode:[eventfd]"u8);
    }
}
