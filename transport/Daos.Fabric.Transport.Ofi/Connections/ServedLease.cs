using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Connections;

/// <summary>A peer's use of our registered memory: open until it is returned or the peer is gone. Owned by one owner thread; from its pool.</summary>
internal sealed unsafe class ServedLease
{
    internal ulong Key { get; set; }

    /// <summary>What the provider lets the peer reach; null for memory of no length.</summary>
    internal fid_mr* Region { get; set; }

    /// <summary>The peer was asked to give it back.</summary>
    internal bool IsRevoked { get; set; }

    /// <summary>Scheduled when it is over.</summary>
    internal WorkItem? WhenSafe { get; set; }
}
