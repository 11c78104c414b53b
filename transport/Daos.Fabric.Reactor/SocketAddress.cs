namespace Daos.Fabric.Reactor;

/// <summary>
/// Where a socket listens or connects: an IP address literal and a port, or the path of a unix socket. Any thread.
/// </summary>
public sealed record SocketAddress
{
    private SocketAddress()
    {
    }

    /// <summary>IPv4 or IPv6 literal; null for a unix socket.</summary>
    public System.Net.IPAddress? Address { get; private init; }

    /// <summary>TCP port; 0 lets the system choose when listening.</summary>
    public int Port { get; private init; }

    /// <summary>File-system path of a unix socket; null for TCP.</summary>
    public string? Path { get; private init; }

    /// <summary>True for a unix socket.</summary>
    public bool IsUnix => Path is not null;

    /// <summary>A TCP address.</summary>
    public static SocketAddress Tcp(System.Net.IPAddress address, int port) => new() { Address = address, Port = port };

    /// <summary>A unix socket.</summary>
    public static SocketAddress Unix(string path) => new() { Path = path };

    /// <inheritdoc/>
    public override string ToString() => IsUnix ? Path! : new System.Net.IPEndPoint(Address!, Port).ToString();
}

/// <summary>A listening descriptor and the address it really has.</summary>
public readonly record struct ListenerHandle(int Descriptor, SocketAddress Address);
