using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Daos.Fabric.Protocol.Drpc.Sockets;

/// <summary>Makes and removes sockets of type SEQPACKET in the file system, for their owner alone. Start-up and shutdown; any thread.</summary>
public static class DrpcSocketFile
{
    private const int SuffixBytesMax = 8;
    private const int Backlog = 128;

    /// <summary>
    /// Listens at a path, in place of a socket that nobody listens at any more. It appears there only when it listens and only its owner may use it.
    /// </summary>
    /// <exception cref="DaosException">DER_BUSY: somebody listens there; DER_INVAL: the path is too long; DER_NO_PERM, DER_IO: it cannot be made.</exception>
    public static Socket Listen(string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > DrpcLimits.PathBytesMax - SuffixBytesMax)
        {
            throw new DaosException(DerCode.Invalid, "listen", path, $"the path of a socket has at most {DrpcLimits.PathBytesMax - SuffixBytesMax} bytes; use a shorter directory");
        }

        if (IsServed(path))
        {
            throw new DaosException(DerCode.Busy, "listen", path, "another process listens there; end it, or use another directory");
        }

        // The name of each process is its own: the runtime removes it once more when the socket is closed.
        string making = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}");
        Socket? socket = null;
        try
        {
            socket = Create();
            File.Delete(making);
            socket.Bind(new UnixDomainSocketEndPoint(making));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(making, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            socket.Listen(Backlog);
            File.Move(making, path, overwrite: true);
            return socket;
        }
        catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException)
        {
            socket?.Dispose();
            DerCode code = exception is UnauthorizedAccessException ? DerCode.NoPerm : exception is SocketException failed ? DrpcErrors.CodeOf(failed) : DerCode.Io;
            throw new DaosException(code, "listen", path, $"the socket cannot be made: {exception.Message}");
        }
    }

    /// <summary>
    /// Removes the socket of a listener that is about to end; nothing happens when it is gone. Before it is closed: afterwards it may be another process's.
    /// </summary>
    public static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next listener takes its place anyway.
        }
    }

    /// <summary>A socket that is not connected.</summary>
    internal static Socket Create() => new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);

    private static bool IsServed(string path)
    {
        using Socket probe = Create();
        try
        {
            // A listener whose queue is full would keep us waiting.
            probe.Blocking = false;
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain or SocketError.InProgress;
        }
    }
}
