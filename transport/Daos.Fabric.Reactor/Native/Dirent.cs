namespace Daos.Fabric.Reactor.Native;

/// <summary>dirent.h. The entry that readdir returns belongs to the stream and is valid until the next call on it.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Dirent
{
    /// <summary>struct dirent with 64-bit fields: ino 8, off 8, reclen 2, type 1, then the name with its zero.</summary>
    internal const int NameOffset = 19;

    internal const int TypeOffset = 18;
    internal const byte DT_DIR = 4;

    /// <summary>Returns null and sets errno on failure.</summary>
    [LibraryImport("libc")]
    internal static partial void* opendir(byte* path);

    /// <summary>Returns null at the end.</summary>
    [LibraryImport("libc")]
    internal static partial byte* readdir(void* directory);

    [LibraryImport("libc")]
    internal static partial int closedir(void* directory);
}
