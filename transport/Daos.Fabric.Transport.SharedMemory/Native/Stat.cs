namespace Daos.Fabric.Transport.SharedMemory.Native;

/// <summary>sys/stat.h: -1 on failure, and errno as the last P/Invoke error. statx's result is 256 bytes with the same layout on every machine.</summary>
internal static unsafe partial class Stat
{
    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const uint STATX_BASIC = 0x7FF;
    internal const int StatxBytes = 256;
    internal const int UidOffset = 20;
    internal const int ModeOffset = 28;
    internal const ushort S_IFMT = 0xF000;
    internal const ushort S_IFDIR = 0x4000;
    internal const ushort OthersMask = 0x3F;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int mkdir(string path, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int chmod(string path, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int statx(int directory, string path, int flags, uint mask, byte* result);
}
