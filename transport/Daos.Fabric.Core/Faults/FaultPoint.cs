namespace Daos.Fabric.Core.Faults;

/// <summary>Every named place where a fault can be provoked. Adding a point is adding a line and visiting it.</summary>
public enum FaultPoint
{
    /// <summary>The engine drops a reply after the operation was done.</summary>
    RpcReplyDropped,

    /// <summary>The client drops a request instead of sending it.</summary>
    RpcRequestDropped,

    /// <summary>The client sends a request twice.</summary>
    RpcRequestDuplicated,

    /// <summary>The client's connection ends right behind a request.</summary>
    RpcConnectionLost,

    /// <summary>The engine has no slot for a request.</summary>
    RpcSlotsExhausted,

    /// <summary>The engine has no memory for a payload that does not fit a message.</summary>
    RpcStagingExhausted,

    /// <summary>The handler of a request throws before it does anything.</summary>
    RpcHandlerThrows,

    /// <summary>The address of a rank cannot be found.</summary>
    RpcAddressUnknown,

    /// <summary>Memory that a call lends cannot be registered.</summary>
    RpcRegistrationRefused,

    /// <summary>A rank of a collective does not reach its child.</summary>
    CollectiveChildLost,

    /// <summary>A connection attempt finds nobody.</summary>
    ConnectRefused,

    /// <summary>Accepting a connection fails for want of descriptors; the peer sees its connection end.</summary>
    AcceptFailed,

    /// <summary>A connection has no memory to receive into for a moment.</summary>
    ReceiveMemoryShort,

    /// <summary>A receive ends with a reset by the peer.</summary>
    ReceiveReset,

    /// <summary>A send ends with a reset by the peer, although the bytes may have gone.</summary>
    SendReset,

    /// <summary>A bit of a message turns over between its checksum and the wire.</summary>
    MessageCorrupted,

    /// <summary>A one-sided transfer into or out of registered memory is refused as if its key were wrong.</summary>
    TransferRefused,

    /// <summary>A flush of the log or data file answers success without flushing (the mutation that durability tests must catch).</summary>
    MediaFlushIgnored,

    /// <summary>A media write fails with an I/O error.</summary>
    MediaWriteError,

    /// <summary>A media write fails for want of space.</summary>
    MediaNoSpace,

    /// <summary>A bit of a value turns over in the engine before the value is checked and stored.</summary>
    ObjectUpdateCorrupted,

    /// <summary>A bit of a value turns over in the engine after the value was checked, on its way to the client.</summary>
    ObjectFetchCorrupted,

    /// <summary>The kernel refuses to copy between this process's memory and a peer's.</summary>
    ProcessMemoryRefused,

    /// <summary>libfabric has no room for another memory region.</summary>
    FabricMemoryRefused,

    /// <summary>A send or a piece of a transfer that libfabric had taken completes with an error.</summary>
    FabricCompletionFailed,
}
