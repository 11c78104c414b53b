using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Posix;

/// <content>What paths and descriptors name.</content>
public sealed unsafe partial class PosixFiles
{
    /// <inheritdoc/>
    public PathKind KindOf(string path)
    {
        byte* result = stackalloc byte[Stat.StatxBytes];
        fixed (byte* native = new Utf8Path(path, stackalloc byte[Utf8Path.StackBytes]))
        {
            return Stat.statx(Stat.AT_FDCWD, native, 0, Stat.STATX_TYPE, result) < 0
                ? PathKind.Nothing
                : KindIn(result);
        }
    }

    private static bool IsDevice(int file)
    {
        byte* result = stackalloc byte[Stat.StatxBytes];
        byte empty = 0;
        return Stat.statx(file, &empty, Stat.AT_EMPTY_PATH, Stat.STATX_TYPE, result) == 0 && KindIn(result) == PathKind.Device;
    }

    private static PathKind KindIn(byte* status) => (*(ushort*)(status + Stat.ModeOffset) & Stat.S_IFMT) switch
    {
        Stat.S_IFDIR => PathKind.Directory,
        Stat.S_IFREG => PathKind.File,
        Stat.S_IFBLK => PathKind.Device,
        _ => PathKind.Other,
    };
}
