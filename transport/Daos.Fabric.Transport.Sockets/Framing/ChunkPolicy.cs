namespace Daos.Fabric.Transport.Sockets.Framing;

/// <summary>
/// How much of a transfer goes into one chunk. Large chunks move more, but a message waits for the rest of one: so they are small while
/// there are many more messages than transfers, which means that somebody waits for calls beside the bulk. A call that moves data is
/// one message in each direction. Owned by one owner thread.
/// </summary>
internal struct ChunkPolicy
{
    // What is older weighs less: both counts are halved when together they reach this.
    private const int Window = 128;
    private const int MessagesPerTransfer = 2;
    private const int MessagesBeside = 8;

    private int _messages;
    private int _transfers;

    /// <summary>Bytes of the next chunk at most.</summary>
    internal readonly int ChunkBytes => HasCallsBeside ? Limits.ChunkBytes : Limits.ChunkBytesMax;

    /// <summary>
    /// A further chunk is committed while fewer bulk bytes than this are. One chunk is in the kernel's hands at a time while calls go on;
    /// otherwise two, so that the rest of a chunk that did not fit leaves together with the next one.
    /// </summary>
    internal readonly int CommitBytes => HasCallsBeside ? Limits.ChunkBytes : 2 * Limits.ChunkBytesMax;

    private readonly bool HasCallsBeside => _messages > (MessagesPerTransfer * _transfers) + MessagesBeside;

    /// <summary>A message was written.</summary>
    internal void OnMessage()
    {
        _messages++;
        Age();
    }

    /// <summary>A transfer was queued.</summary>
    internal void OnTransfer()
    {
        _transfers++;
        Age();
    }

    private void Age()
    {
        if (_messages + _transfers >= Window)
        {
            _messages /= 2;
            _transfers /= 2;
        }
    }
}
