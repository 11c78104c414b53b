namespace Daos.Fabric.Reactor.Errors;

/// <summary>The one place where the system's error numbers become DAOS codes. Any thread.</summary>
public static class ErrnoMap
{
    private const int TooBig = 7;
    private const int NoMemory = 12;
    private const int Busy = 16;
    private const int CrossDevice = 18;
    private const int IsDirectory = 21;
    private const int FileTooBig = 27;
    private const int ReadOnly = 30;
    private const int NameTooLong = 36;
    private const int NotImplemented = 38;
    private const int NotEmpty = 39;
    private const int Loop = 40;
    private const int ProtocolNotSupported = 93;
    private const int NotSupported = 95;
    private const int FamilyNotSupported = 97;
    private const int AddressNotAvailable = 99;
    private const int NetworkDown = 100;
    private const int NetworkUnreachable = 101;
    private const int ConnectionAborted = 103;
    private const int NotConnected = 107;
    private const int Quota = 122;

    /// <summary>The code for a positive errno, or for the negative one that a completion carries.</summary>
    public static DerCode ToDerCode(int errno) => Math.Abs(errno) switch
    {
        0 => DerCode.Success,
        Errno.NotPermitted or Errno.Access or ReadOnly => DerCode.NoPerm,
        Errno.NoEntry => DerCode.Nonexist,
        Errno.Interrupted or Errno.Again or Errno.TooManyFiles or Errno.TooManyOpen => DerCode.Again,
        Errno.InputOutput => DerCode.Io,
        NoMemory => DerCode.NoMemory,
        Busy or NotEmpty or Errno.AddressInUse => DerCode.Busy,
        Errno.Exists => DerCode.Exists,
        Errno.NotDirectory => DerCode.NotDirectory,
        IsDirectory or CrossDevice or Loop or AddressNotAvailable => DerCode.BadPath,
        Errno.Invalid or TooBig => DerCode.Invalid,
        Errno.NoSpace or Quota or FileTooBig => DerCode.NoSpace,
        NameTooLong => DerCode.ExceedsPathLen,
        NotImplemented => DerCode.NoSys,
        NotSupported or ProtocolNotSupported or FamilyNotSupported => DerCode.NotSupported,
        Errno.TimedOut => DerCode.TimedOut,
        Errno.Canceled => DerCode.Canceled,
        Errno.BrokenPipe or Errno.ConnectionReset or ConnectionAborted or NotConnected or Errno.ConnectionRefused
            or Errno.HostUnreachable or NetworkDown or NetworkUnreachable => DerCode.Unreachable,
        _ => DerCode.Misc,
    };

    /// <summary>The code for the negative result of an operation with a peer: nobody there by that name, and silence, are DER_UNREACH too.</summary>
    public static DerCode ToPeerCode(int result) =>
        result is -Errno.NoEntry or -Errno.TimedOut ? DerCode.Unreachable : ToDerCode(result);
}
