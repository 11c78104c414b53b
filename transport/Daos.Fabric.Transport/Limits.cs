namespace Daos.Fabric.Transport;

/// <summary>Fixed limits of this project. Any thread.</summary>
internal static class Limits
{
    /// <summary>Registrations of one connection, count. A request holds a handful, so this is far above any slot count.</summary>
    internal const int RegistrationsPerConnection = 1 << RegistrationSlotBits;

    /// <summary>Bits of a key that name its slot; the other 44 are random and cannot be guessed within a connection's life.</summary>
    internal const int RegistrationSlotBits = 20;

    /// <summary>How often the same thing is said to an operator at most, in ns.</summary>
    internal const long NoticeIntervalNs = 10_000_000_000;

    /// <summary>Loopback message segments of one context, count: 68 MiB of address space with default options, touched only by use.</summary>
    internal const int LoopbackSegments = 1024;

    /// <summary>
    /// Loopback segments kept for replies, count: below it CanSend is false, so that new requests wait and replies still find room.
    /// </summary>
    internal const int LoopbackSegmentReserve = LoopbackSegments / 8;

    /// <summary>Loopback messages delivered by one work item, count, so that a chatty pair leaves turns to others.</summary>
    internal const int LoopbackDeliveriesPerItem = 256;

    /// <summary>
    /// A queue may grow to this multiple of TransportOptions.SendQueueBytesMax before the connection is closed: replies go on after
    /// CanSend turned false, and the layer above bounds them by its credits.
    /// </summary>
    internal const int SendQueueHardFactor = 4;
}
