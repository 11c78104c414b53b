namespace Daos.Fabric.Transport.Sockets.Records;

/// <summary>
/// What stands between the byte stream of a socket and the frames: nothing (a null record layer, the usual case, costs nothing), or
/// TLS. One object per connection, owned by its owner thread. With a record layer bulk data passes through it, so it is copied.
/// </summary>
internal abstract class RecordLayer : IDisposable
{
    /// <summary>
    /// Takes what was received and appends what it means to <paramref name="plain"/>; appends to <paramref name="reply"/> what the layer
    /// itself must send (a handshake). Success, or why the connection must end (DER_CSUM for a record that was tampered with, DER_NO_PERM
    /// for a peer that did not prove itself, DER_NOMEM).
    /// </summary>
    internal abstract DerCode Open(SegmentBuffer received, SegmentBuffer plain, SegmentBuffer reply);

    /// <summary>Appends the records for some bytes to <paramref name="send"/>. DER_NOMEM when there is no memory for them.</summary>
    internal abstract DerCode Seal(ReadOnlySpan<byte> plain, SegmentBuffer send);

    /// <summary>Ends the layer.</summary>
    public abstract void Dispose();
}
