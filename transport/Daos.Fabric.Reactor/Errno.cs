namespace Daos.Fabric.Reactor;

/// <summary>The system's error numbers that this code tells apart; results carry them negated.</summary>
public static class Errno
{
    /// <summary>EPERM.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT.</summary>
    public const int NoEntry = 2;

    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;

    /// <summary>EIO.</summary>
    public const int InputOutput = 5;

    /// <summary>EAGAIN.</summary>
    public const int Again = 11;

    /// <summary>EACCES.</summary>
    public const int Access = 13;

    /// <summary>EEXIST.</summary>
    public const int Exists = 17;

    /// <summary>ENOTDIR.</summary>
    public const int NotDirectory = 20;

    /// <summary>EINVAL.</summary>
    public const int Invalid = 22;

    /// <summary>ENFILE: the system has no descriptor left.</summary>
    public const int TooManyFiles = 23;

    /// <summary>EMFILE: this process has no descriptor left.</summary>
    public const int TooManyOpen = 24;

    /// <summary>ENOSPC.</summary>
    public const int NoSpace = 28;

    /// <summary>EPIPE.</summary>
    public const int BrokenPipe = 32;

    /// <summary>EOPNOTSUPP.</summary>
    public const int NotSupported = 95;

    /// <summary>EADDRINUSE.</summary>
    public const int AddressInUse = 98;

    /// <summary>ECONNRESET.</summary>
    public const int ConnectionReset = 104;

    /// <summary>ETIMEDOUT.</summary>
    public const int TimedOut = 110;

    /// <summary>ECONNREFUSED.</summary>
    public const int ConnectionRefused = 111;

    /// <summary>EHOSTUNREACH.</summary>
    public const int HostUnreachable = 113;

    /// <summary>ECANCELED.</summary>
    public const int Canceled = 125;
}
