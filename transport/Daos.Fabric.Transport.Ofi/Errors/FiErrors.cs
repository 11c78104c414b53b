using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Errors;

/// <summary>libfabric's codes as DAOS's: the one place where they are translated. Any thread.</summary>
internal static class FiErrors
{
    /// <summary>The code for a result of a call (negative) or of a completion (positive).</summary>
    internal static DerCode ToCode(long result) => Math.Abs(result) switch
    {
        FiErrno.FI_EINVAL => DerCode.Invalid,
        FiErrno.FI_ENODATA or FiErrno.FI_ENOSYS => DerCode.NoSys,
        FiErrno.FI_ENOMEM => DerCode.NoMemory,
        FiErrno.FI_EADDRINUSE or FiErrno.FI_EBUSY => DerCode.Busy,
        FiErrno.FI_EADDRNOTAVAIL => DerCode.Invalid,
        FiErrno.FI_EACCES or FiErrno.FI_EKEYREJECTED or FiErrno.FI_ENOKEY => DerCode.NoPerm,

        // Whatever else ends a transfer, the peer cannot be reached any more. FI_ECANCELED too: a provider cancels what was posted for a
        // peer whose end it saw, and we cancel nothing.
        _ => DerCode.Unreachable,
    };
}
