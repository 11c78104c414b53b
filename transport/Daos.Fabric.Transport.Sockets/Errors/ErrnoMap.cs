namespace Daos.Fabric.Transport.Sockets.Errors;

/// <summary>Sockets' error numbers as DAOS's codes: the one place where they are translated. Any thread.</summary>
internal static class ErrnoMap
{
    /// <summary>The code for a negative result of a reactor's operation.</summary>
    internal static DerCode ToCode(int result) => -result switch
    {
        Errno.ConnectionRefused or Errno.HostUnreachable or Errno.ConnectionReset or Errno.BrokenPipe or Errno.NoEntry or Errno.TimedOut =>
            DerCode.Unreachable,
        Errno.Access or Errno.NotPermitted => DerCode.NoPerm,
        Errno.AddressInUse => DerCode.Busy,
        Errno.Canceled => DerCode.Canceled,
        Errno.Again => DerCode.Again,
        Errno.Invalid => DerCode.Invalid,
        _ => DerCode.Io,
    };
}
