namespace Daos.Fabric.Transport.Ofi.Native;

/// <summary>Codes of rdma/fi_errno.h; calls return them negated. Any thread.</summary>
internal static class FiErrno
{
    internal const int FI_ENOENT = 2;
    internal const int FI_EIO = 5;
    internal const int FI_EAGAIN = 11;
    internal const int FI_ENOMEM = 12;
    internal const int FI_EACCES = 13;
    internal const int FI_EBUSY = 16;
    internal const int FI_EINVAL = 22;
    internal const int FI_ENOSYS = 38;
    internal const int FI_ENODATA = 61;
    internal const int FI_EADDRINUSE = 98;
    internal const int FI_EADDRNOTAVAIL = 99;
    internal const int FI_ECANCELED = 125;
    internal const int FI_EKEYREJECTED = 129;
    internal const int FI_EAVAIL = 259;
    internal const int FI_ENOKEY = 266;
}
