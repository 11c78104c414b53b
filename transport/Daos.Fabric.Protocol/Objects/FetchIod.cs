namespace Daos.Fabric.Protocol.Objects;

/// <summary>One iod of a fetch reply, as it lies in the message. Pointers are borrowed from the message and were checked.</summary>
public readonly unsafe struct FetchIod
{
    private readonly FetchIodWire* _wire;

    internal FetchIod(FetchIodWire* wire, long valueOffset)
    {
        _wire = wire;
        ValueOffset = valueOffset;
    }

    /// <summary>Bytes of a record or of the single value; 0 when nothing exists.</summary>
    public ulong RecordBytes => _wire->RecordBytes;

    /// <summary>Bytes returned, holes included.</summary>
    public long ValueBytes => (long)_wire->ValueBytes;

    /// <summary>Where they begin: in the inline values, or in the client's memory.</summary>
    public long ValueOffset { get; }

    /// <summary>How the checksums were made.</summary>
    public ChecksumType ChecksumType => (ChecksumType)_wire->ChecksumType;

    /// <summary>Bytes that one checksum covers.</summary>
    public int ChunkBytes => (int)_wire->ChunkBytes;

    /// <summary>What exists of the extents asked for; empty for a single value.</summary>
    public ReadOnlySpan<Recx> Map => new(_wire + 1, (int)_wire->MapCount);

    /// <summary>Words of the checksums; see <see cref="FetchIodWire"/> for what each covers.</summary>
    public ReadOnlySpan<uint> Checksums => new((byte*)(_wire + 1) + ((long)_wire->MapCount * Recx.SizeBytes), (int)_wire->ChecksumWords);
}
