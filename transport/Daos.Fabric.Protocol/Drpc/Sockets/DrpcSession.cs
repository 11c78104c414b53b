namespace Daos.Fabric.Protocol.Drpc.Sockets;

/// <summary>One connection that a listener accepted: one call after the other. Owned by whoever drives the listener.</summary>
internal sealed class DrpcSession(DrpcConnection connection)
{
    internal DrpcConnection Connection { get; } = connection;

    /// <summary>The number of the newest call; they begin at 0 and grow.</summary>
    internal long LastSequence { get; set; } = -1;
}
