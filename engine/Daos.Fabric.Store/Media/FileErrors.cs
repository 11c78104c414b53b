using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>The one place where errors of file operations become codes. Pure.</summary>
internal static class FileErrors
{
    /// <summary>Translates a negative errno.</summary>
    internal static DerCode ToCode(int result) => result switch
    {
        -Errno.NoSpace => DerCode.NoSpace,
        -Errno.Canceled => DerCode.Canceled,
        _ => DerCode.Io,
    };
}
