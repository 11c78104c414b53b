using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Transport.Ofi.Native;

/// <summary>
/// A number that two processes share exactly when their process numbers mean the same: the kernel's boot id and the process namespace.
/// Any thread; read once.
/// </summary>
internal static unsafe class NodeIdentity
{
    private const int TextBytes = 64;

    private static readonly Lazy<ulong> s_value = new(Read);

    /// <summary>The number; 0 where it cannot be known, which matches nobody's.</summary>
    internal static ulong Value => s_value.Value;

    private static ulong Read()
    {
        byte* boot = stackalloc byte[TextBytes];
        byte* space = stackalloc byte[TextBytes];
        int bootBytes = ReadFile("/proc/sys/kernel/random/boot_id\0"u8, boot);
        nint spaceBytes = ReadLink("/proc/self/ns/pid\0"u8, space);
        if (bootBytes <= 0 || spaceBytes <= 0)
        {
            return 0;
        }

        uint first = Crc32C.Compute(new ReadOnlySpan<byte>(boot, bootBytes));
        uint second = Crc32C.Compute(new ReadOnlySpan<byte>(space, (int)spaceBytes));
        return ((ulong)first << 32) | second;
    }

    private static int ReadFile(ReadOnlySpan<byte> path, byte* destination)
    {
        fixed (byte* name = path)
        {
            int file = Posix.open(name, 0);
            if (file < 0)
            {
                return -1;
            }

            nint bytes = Posix.read(file, destination, TextBytes);
            _ = Posix.close(file);
            return (int)bytes;
        }
    }

    private static nint ReadLink(ReadOnlySpan<byte> path, byte* destination)
    {
        fixed (byte* name = path)
        {
            return Posix.readlink(name, destination, TextBytes);
        }
    }
}
