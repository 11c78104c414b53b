namespace Daos.Fabric.Core.Faults;

/// <summary>Every named place where a fault can be provoked. Adding a point is adding a line and visiting it.</summary>
public enum FaultPoint
{
    /// <summary>The engine drops a reply after the operation was done.</summary>
    RpcReplyDropped,

    /// <summary>The client drops a request instead of sending it.</summary>
    RpcRequestDropped,

    /// <summary>A flush of the log or data file answers success without flushing (the mutation that durability tests must catch).</summary>
    MediaFlushIgnored,

    /// <summary>A media write fails with an I/O error.</summary>
    MediaWriteError,

    /// <summary>A media write fails for want of space.</summary>
    MediaNoSpace,

    /// <summary>The kernel refuses to copy between this process's memory and a peer's.</summary>
    ProcessMemoryRefused,
}
