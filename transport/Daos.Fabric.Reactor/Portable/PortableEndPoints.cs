using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Daos.Fabric.Reactor.Portable;

/// <summary>Making, binding and naming .NET sockets. Start-up only where it binds; no state.</summary>
internal static class PortableEndPoints
{
    private const int LinuxTcpLevel = 6;
    private const int LinuxTcpNotSentLowAt = 25;

    private const int UnixPathBytesMax = 107;

    /// <summary>The address as .NET takes it; null for a unix path that is empty or too long here.</summary>
    internal static EndPoint? Of(SocketAddress address)
    {
        if (!address.IsUnix)
        {
            return new IPEndPoint(address.Address!, address.Port);
        }

        int length = Encoding.UTF8.GetByteCount(address.Path!);
        if (length is 0 or > UnixPathBytesMax)
        {
            return null;
        }

        try
        {
            return new UnixDomainSocketEndPoint(address.Path!);
        }
        catch (ArgumentOutOfRangeException)
        {
            // Some systems allow fewer bytes.
            return null;
        }
    }

    /// <summary>A socket of the address's family that never blocks.</summary>
    /// <exception cref="SocketException">No descriptor is left, or the system lacks the family.</exception>
    internal static Socket Create(EndPoint end)
    {
        bool isUnix = end.AddressFamily == AddressFamily.Unix;
        var socket = new Socket(end.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp)
        {
            Blocking = false,
        };
        if (end.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = true;
        }

        return socket;
    }

    /// <summary>Small messages leave at once, and where Linux runs little waits unsent in the system; means nothing to a unix socket.</summary>
    internal static void Prepare(Socket connected)
    {
        connected.Blocking = false;
        if (connected.AddressFamily != AddressFamily.Unix)
        {
            try
            {
                connected.NoDelay = true;
                if (OperatingSystem.IsLinux())
                {
                    connected.SetRawSocketOption(LinuxTcpLevel, LinuxTcpNotSentLowAt, BitConverter.GetBytes(Reactor.UnsentBytesMax));
                }
            }
            catch (SocketException)
            {
                // The peer is gone already, which the first receive will tell.
            }
        }
    }

    /// <summary>The address with the port that was chosen for port 0.</summary>
    internal static SocketAddress NameOf(Socket listener, SocketAddress asked) =>
        asked.IsUnix || asked.Port != 0 ? asked : SocketAddress.Tcp(asked.Address!, ((IPEndPoint)listener.LocalEndPoint!).Port);

    /// <summary>True when connecting to a unix socket is refused, that is, when nobody listens.</summary>
    internal static bool IsDead(EndPoint end)
    {
        using Socket probe = Create(end);
        try
        {
            probe.Connect(end);
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
