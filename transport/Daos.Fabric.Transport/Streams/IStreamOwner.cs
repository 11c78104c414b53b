
namespace Daos.Fabric.Transport.Streams;

/// <summary>A context whose connections begin as connected sockets of the system. Owned by its loop's thread.</summary>
internal interface IStreamOwner
{
    /// <summary>The owner thread.</summary>
    OwnerLoop Loop { get; }

    /// <summary>Limits, faults, and whom to tell what an operator should know.</summary>
    TransportOptions Options { get; }

    /// <summary>True when another connection is allowed.</summary>
    bool HasRoom { get; }

    /// <summary>Takes a connected socket: makes its connection, or closes it when there are too many.</summary>
    /// <param name="socket">The socket's descriptor.</param>
    /// <param name="scheme">Of the address that was listened on or connected to.</param>
    /// <param name="peerName">Who that is, for messages.</param>
    /// <param name="connect">Who waits for the greeting; null for an accepted socket.</param>
    void Adopt(int socket, string scheme, string peerName, StreamConnect? connect);
}
