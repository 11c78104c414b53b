namespace Daos.Fabric.Transport.Sockets.Bulk;

/// <summary>
/// How the bytes of a transfer that this side started go. A copy between processes that the kernel refuses goes on as a stream.
/// <code>
/// way        meaning                                        leaves by
/// Stream     chunks on the socket                           -
/// Asked      read: the memory's address is awaited          address -> Copying     transfer end (refused)
/// Copying    read: this side copies, piece by piece         last piece -> Confirming     refused by the kernel -> Stream
/// Confirming read: was the memory valid all the time?       transfer end
/// Fetched    write: the peer copies                         transfer end     its kernel refuses -> Stream
/// </code>
/// </summary>
internal enum TransferWay : byte
{
    /// <summary>On the socket.</summary>
    Stream,

    /// <summary>The address was asked for.</summary>
    Asked,

    /// <summary>This side copies.</summary>
    Copying,

    /// <summary>Everything was copied; the owner is asked whether it may count.</summary>
    Confirming,

    /// <summary>The owner of the memory copies.</summary>
    Fetched,
}
