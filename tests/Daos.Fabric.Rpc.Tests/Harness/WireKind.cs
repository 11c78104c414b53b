namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>What lies between client and server in a test.</summary>
public enum WireKind
{
    /// <summary>Loopback on one owner loop.</summary>
    Direct,

    /// <summary>Loopback between two owner loops.</summary>
    Cross,

    /// <summary>The sockets provider over the simulated network.</summary>
    Sockets,
}
