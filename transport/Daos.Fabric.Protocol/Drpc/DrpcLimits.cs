namespace Daos.Fabric.Protocol.Drpc;

/// <summary>Limits of dRPC, each with its reason.</summary>
public static class DrpcLimits
{
    /// <summary>Bytes of a packet with its header: DAOS's <c>UNIXCOMM_MAXMSGSIZE</c>, below what a socket's buffer takes by default.</summary>
    public const int ChunkBytesMax = 1 << 17;

    /// <summary>Bytes of the header of a packet.</summary>
    public const int HeaderBytes = 24;

    /// <summary>Bytes of a message in one packet.</summary>
    public const int ChunkDataMax = ChunkBytesMax - HeaderBytes;

    /// <summary>Bytes of a message (DER_OVERFLOW): the largest transaction of metadata several times, and no more than a host can spare.</summary>
    public const int MessageBytesMax = 16 << 20;

    /// <summary>Sessions of a listener at once; further ones are closed: an engine's largest number of connections several times.</summary>
    public const int SessionsMax = 256;

    /// <summary>Connections of a client at once (DER_BUSY): as many calls under way.</summary>
    public const int ConnectionsMax = 128;

    /// <summary>Connections that a client keeps open while it does not call.</summary>
    public const int ConnectionsIdleMax = 4;

    /// <summary>What sessions have to say and is not looked at yet; further sessions wait.</summary>
    public const int EventsMax = 256;

    /// <summary>Bytes of the path of a socket, as the system has it.</summary>
    public const int PathBytesMax = 107;

    /// <summary>Bytes of an address in a message.</summary>
    public const int UriBytesMax = 4096;

    /// <summary>Bytes of any other text in a message.</summary>
    public const int TextBytesMax = 1024;

    /// <summary>Elements of a list in a message: ranks of a system.</summary>
    public const int ListMax = 65536;
}
