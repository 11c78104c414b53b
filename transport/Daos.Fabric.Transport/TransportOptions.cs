using Daos.Fabric.Core.Faults;
using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Transport;

/// <summary>Limits of a transport context. Immutable.</summary>
public sealed record TransportOptions
{
    /// <summary>Connections unless said otherwise.</summary>
    public const int ConnectionsMaxDefault = 1024;

    /// <summary>Draws remote keys; a context forks its own.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>The largest message (RPC header and inline payload) in bytes; a larger announced length closes the connection.</summary>
    public int MessageBytesMax { get; init; } = 64 * 1024;

    /// <summary>Connections at most; the next one is refused.</summary>
    public int ConnectionsMax { get; init; } = ConnectionsMaxDefault;

    /// <summary>Bytes queued to one peer at most before <see cref="TransportConnection.CanSend"/> turns false.</summary>
    public int SendQueueBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// How often a connection is looked at, in ns: a peer that said nothing meanwhile is asked whether it is there and given up when it
    /// is silent for two more intervals, and a frame that it began has to be complete within two. At most three times this passes before
    /// a peer that is gone is noticed.
    /// </summary>
    public long KeepaliveNs { get; init; } = 10_000_000_000;

    /// <summary>
    /// Bulk chunks carry a CRC-32C of their data. Off by default: containers' checksums cover data from end to end. What a peer sends
    /// with a checksum is always verified.
    /// </summary>
    public bool BulkChecksums { get; init; }

    /// <summary>Told, in one sentence and at most every ten seconds for one cause, what an operator should know; on the owner thread.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Faults of this node, or null.</summary>
    public FaultRegistry? Faults { get; init; }
}
