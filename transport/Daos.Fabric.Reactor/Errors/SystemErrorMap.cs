using System.Net.Sockets;

namespace Daos.Fabric.Reactor.Errors;

/// <summary>
/// What .NET's own sockets and files report, as Linux error numbers, so that layers above read one vocabulary on every system. Any thread.
/// </summary>
internal static class SystemErrorMap
{
    private const int NotConnected = 107;
    internal const int AddressNotAvailable = 99;
    private const int FamilyNotSupported = 97;
    internal const int ConnectionAborted = 103;
    private const int NetworkDown = 100;
    private const int NetworkUnreachable = 101;
    private const int NoBuffers = 105;
    private const int BadDescriptor = 9;
    private const int Busy = 16;
    private const int NameTooLong = 36;
    private const int AgainOutsideLinux = 35;
    private const int QuotaOutsideLinux = 69;
    private const int Quota = 122;

    /// <summary>The positive errno of a socket error; 0 for success.</summary>
    internal static int ToErrno(SocketError error) => error switch
    {
        SocketError.Success => 0,
        SocketError.WouldBlock or SocketError.IOPending or SocketError.TryAgain => Errno.Again,
        SocketError.OperationAborted => Errno.Canceled,
        SocketError.ConnectionReset or SocketError.Disconnecting => Errno.ConnectionReset,
        SocketError.ConnectionAborted or SocketError.NetworkReset => ConnectionAborted,
        SocketError.Shutdown => Errno.BrokenPipe,
        SocketError.ConnectionRefused => Errno.ConnectionRefused,
        SocketError.TimedOut => Errno.TimedOut,
        SocketError.HostUnreachable or SocketError.HostDown or SocketError.HostNotFound => Errno.HostUnreachable,
        SocketError.NetworkUnreachable => NetworkUnreachable,
        SocketError.NetworkDown => NetworkDown,
        SocketError.AddressAlreadyInUse => Errno.AddressInUse,
        SocketError.AddressNotAvailable => AddressNotAvailable,
        SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported => FamilyNotSupported,
        SocketError.AccessDenied => Errno.Access,
        SocketError.TooManyOpenSockets => Errno.TooManyOpen,
        SocketError.NoBufferSpaceAvailable => NoBuffers,
        SocketError.NotConnected => NotConnected,
        SocketError.Interrupted => Errno.Interrupted,
        SocketError.NotSocket => BadDescriptor,
        _ => Errno.Invalid,
    };

    /// <summary>True for what a call on a file or directory may throw; anything else is a mistake in this program.</summary>
    internal static bool IsExpected(Exception exception) => exception is IOException or UnauthorizedAccessException or NotSupportedException;

    /// <summary>The positive errno of such an exception.</summary>
    internal static int ToErrno(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => Errno.NoEntry,
        PathTooLongException => NameTooLong,
        UnauthorizedAccessException => Errno.Access,
        NotSupportedException => Errno.Invalid,
        _ => OperatingSystem.IsWindows() ? OfWindows(exception.HResult & 0xFFFF) : OfUnix(exception.HResult),
    };

    /// <summary>The code of such an exception.</summary>
    internal static DerCode ToDerCode(Exception exception) => ErrnoMap.ToDerCode(ToErrno(exception));

    // A sharing violation carries EAGAIN: another process has the file.
    private static int OfUnix(int code) => code switch
    {
        Errno.Again => Busy,
        AgainOutsideLinux when !OperatingSystem.IsLinux() => Busy,
        QuotaOutsideLinux when !OperatingSystem.IsLinux() => Quota,
        > 0 and < 256 => code,
        _ => Errno.InputOutput,
    };

    // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION; ERROR_FILE_EXISTS, ERROR_ALREADY_EXISTS; ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL;
    // ERROR_DIRECTORY; ERROR_TOO_MANY_OPEN_FILES.
    private static int OfWindows(int code) => code switch
    {
        32 or 33 => Busy,
        80 or 183 => Errno.Exists,
        39 or 112 => Errno.NoSpace,
        267 => Errno.NotDirectory,
        4 => Errno.TooManyOpen,
        _ => Errno.InputOutput,
    };
}
