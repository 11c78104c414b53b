using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checksums;

/// <summary>Counts damage that reads find and tells the shard's owner of each value that was not known to be damaged. Owned by one xstream.</summary>
internal sealed class CorruptionLog(Action<CorruptedValue>? observer, DeviceHealth health)
{
    /// <summary>Stored chunks that did not fit their checksum when they were read, each as often as it was.</summary>
    public long ReadErrors { get; private set; }

    /// <summary>Values marked as corrupted.</summary>
    public long MarkedValues { get; private set; }

    /// <summary>A stored chunk did not fit its checksum.</summary>
    public void NoteReadError()
    {
        ReadErrors++;
        health.NoteChecksumError();
    }

    /// <summary>A value was marked.</summary>
    public void Found(CorruptedValue value)
    {
        MarkedValues++;
        observer?.Invoke(value);
    }

    /// <summary>A value was marked that a fetch found.</summary>
    public unsafe void Found(in ObjectTarget target, in FetchEntry entry, in FetchPieceState piece) =>
        Found(new CorruptedValue(
            target.Container,
            target.Object,
            new ReadOnlySpan<byte>(target.Dkey, target.DkeyLength).ToArray(),
            new ReadOnlySpan<byte>(entry.Akey, entry.AkeyLength).ToArray(),
            new Epoch(piece.Stamp.Epoch),
            entry.Type == AkeyType.Array,
            piece.FirstByte,
            piece.LengthBytes));
}
