namespace Daos.Fabric.Reactor.Native;

/// <summary>sys/stat.h: statx, whose layout is the same on every machine. -1 and errno on failure.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Stat
{
    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const uint STATX_TYPE = 1;

    /// <summary>Bytes of struct statx, and where its 16-bit mode lies.</summary>
    internal const int StatxBytes = 256;

    internal const int ModeOffset = 28;
    internal const ushort S_IFMT = 0xF000;
    internal const ushort S_IFSOCK = 0xC000;
    internal const ushort S_IFREG = 0x8000;
    internal const ushort S_IFBLK = 0x6000;
    internal const ushort S_IFDIR = 0x4000;

    [LibraryImport("libc")]
    internal static partial int statx(int directory, byte* path, int flags, uint mask, void* result);
}
