namespace Daos.Fabric.Transport.Sockets.Records;

/// <summary>
/// What stands between the byte stream of a socket and the frames: nothing (a null record layer, the usual case, costs nothing), or
/// TLS. One object per connection, owned by its owner thread. With a record layer bulk data passes through it, so it is copied.
/// </summary>
internal abstract class RecordLayer : IDisposable
{
    /// <summary>True once bytes can be sealed: both sides have agreed.</summary>
    internal abstract bool IsReady { get; }

    /// <summary>Why the layer refused, in a sentence; empty before.</summary>
    internal abstract string Fault { get; }

    /// <summary>Room that <see cref="Seal"/> needs for the longest piece, in bytes; no more than a segment.</summary>
    internal abstract int SealRoomBytes { get; }

    /// <summary>Begins: appends to <paramref name="reply"/> what this side has to say first.</summary>
    internal abstract DerCode Start(SegmentBuffer reply);

    /// <summary>
    /// Takes what was received and appends what it means to <paramref name="plain"/>; appends to <paramref name="reply"/> what the layer
    /// itself must send (a handshake). Success, DER_NOMEM when there was no memory for some of it (called again it goes on), or why the
    /// connection must end (DER_CSUM for a record that was tampered with, DER_NO_PERM for a peer that did not prove itself).
    /// </summary>
    internal abstract DerCode Open(SegmentBuffer received, SegmentBuffer plain, SegmentBuffer reply);

    /// <summary>Appends the records for at most Limits.RecordBytesMax bytes to <paramref name="send"/>. Any error ends the connection.</summary>
    internal abstract DerCode Seal(ReadOnlySpan<byte> plain, SegmentBuffer send);

    /// <summary>Ends the layer.</summary>
    public abstract void Dispose();
}
