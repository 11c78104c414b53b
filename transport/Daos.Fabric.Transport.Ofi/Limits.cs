namespace Daos.Fabric.Transport.Ofi;

/// <summary>Fixed limits of this project. Any thread.</summary>
internal static class Limits
{
    /// <summary>Receives posted on an endpoint at most, count; fewer where the provider takes fewer.</summary>
    internal const int ReceivesPosted = 128;

    /// <summary>
    /// Packets of an endpoint for receiving, count: those posted, and those that the layer above keeps. 67 MB of address space with
    /// default options, touched only by use.
    /// </summary>
    internal const int ReceivePackets = 1024;

    /// <summary>Packets of an endpoint for sending, count: 33 MB of address space, touched only by use.</summary>
    internal const int SendPackets = 512;

    /// <summary>Packets of a shm endpoint for receiving, and as many for sending, count: a packet of shm has 4 KiB.</summary>
    internal const int SmallPackets = 4096;

    /// <summary>Messages of a shm endpoint that are put together from packets or kept by the layer above, count: 16 MB of address space.</summary>
    internal const int Assemblies = 256;

    /// <summary>The part of the send packets that is kept for replies, one in so many: below it CanSend is false.</summary>
    internal const int SendReserveShare = 8;

    /// <summary>Bytes of a packet at least: a hello with its address fits.</summary>
    internal const int PacketBytesMin = 512;

    /// <summary>
    /// Packets to one peer that it has not processed, count: what a provider must hold for us when nobody receives is bounded by this
    /// and the number of connections.
    /// </summary>
    internal const int WindowPackets = 16;

    /// <summary>Processed packets after which the sender is told even when nothing else goes its way, count.</summary>
    internal const int AcknowledgeEvery = WindowPackets / 2;

    /// <summary>Pieces of one-sided transfers of an endpoint under way, count; further ones wait.</summary>
    internal const int TransferPieces = 4096;

    /// <summary>Pieces of one transfer under way, count.</summary>
    internal const int PiecesPerTransfer = 4;

    /// <summary>Bytes of a piece at most, so that a message waits behind a few of these and not behind a whole transfer.</summary>
    internal const int PieceBytes = 1024 * 1024;

    /// <summary>Completions taken in one poll at most, count, so that other work of the owner gets its turn.</summary>
    internal const int CompletionsPerPoll = 64;

    /// <summary>Endpoints of one context, count: one per listening address and per provider and host that is dialled.</summary>
    internal const int EndpointsPerContext = 16;

    /// <summary>
    /// Bytes whose pieces are started in one turn at most, for providers that copy in the call that starts a piece (shm): beside them
    /// messages get their turn.
    /// </summary>
    internal const int CopyBytesPerTurn = 2 * PieceBytes;

    /// <summary>Polls in one turn while transfers are under way, count: most polls move a part of a transfer and complete nothing.</summary>
    internal const int PollsWhileMoving = 8;

    /// <summary>Addresses of a shm endpoint, count: its table has 256, one of which is its own.</summary>
    internal const int ShmPeers = 255;

    /// <summary>Polls after the end of a connection before its peer's address is forgotten, count.</summary>
    internal const int PollsBeforeForgetting = 16;

    /// <summary>How often the guard of shm endpoints looks, in ms.</summary>
    internal const int GuardLookMs = 50;

    /// <summary>Looks, all of which must see a lock held and untouched before it counts as left behind, count: one second.</summary>
    internal const int GuardLooks = 20;

    /// <summary>Looks after the end of a peer during which it may have left our own lock held, count: ten seconds.</summary>
    internal const int GuardLossLooks = 200;

    /// <summary>A queue may grow to this multiple of TransportOptions.SendQueueBytesMax before the connection is closed.</summary>
    internal const int SendQueueHardFactor = 4;

    /// <summary>Leases of one connection and direction, count: transfers that name more keys at once wait.</summary>
    internal const int LeasesPerConnection = 1 << 16;

    /// <summary>Local registrations kept, count, where the provider wants local memory registered.</summary>
    internal const int CachedRegistrations = 64;

    /// <summary>Bytes of an endpoint's address at most; a provider with longer ones is refused.</summary>
    internal const int AddressBytes = 256;

    /// <summary>How long a closing connection tries to send what it still has, in ns.</summary>
    internal const long LingerNs = 200_000_000;

    /// <summary>How often processes of the same node are looked at, in ns: one system call for all of them.</summary>
    internal const long WatchNs = 50_000_000;

    /// <summary>
    /// Polls after the end of a peer's process before what is under way with it ends for nobody, count: until then the provider takes what
    /// the peer had sent. The time between looks at that, in ns: a loop that sleeps polls once in it.
    /// </summary>
    internal const int DrainPolls = 32;

    /// <summary>See <see cref="DrainPolls"/>.</summary>
    internal const long DrainNs = 5_000_000;

    /// <summary>A process that ended so recently explains a copy that failed, in ns.</summary>
    internal const long LossExplainsNs = 1_000_000_000;

    /// <summary>How often a loop that sleeps looks at a provider without a wait object: first and last interval in ns, doubled in between.</summary>
    internal const long IdlePollFirstNs = 50_000;

    /// <summary>See <see cref="IdlePollFirstNs"/>.</summary>
    internal const long IdlePollLastNs = 4_000_000;
}
