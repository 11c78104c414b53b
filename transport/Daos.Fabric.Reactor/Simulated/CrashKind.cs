namespace Daos.Fabric.Reactor.Simulated;

/// <summary>How a node's process ends.</summary>
public enum CrashKind : byte
{
    /// <summary>The process is killed: its peers see resets, the machine's volatile cache survives.</summary>
    Process,

    /// <summary>The machine loses power: its peers hear nothing, and of the writes that no flush covered any part may be lost.</summary>
    Power,
}
