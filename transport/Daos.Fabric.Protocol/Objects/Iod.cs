namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// One akey of an update or fetch, as it lies in the message. Pointers are borrowed from the message and were checked when it was parsed.
/// </summary>
public readonly unsafe struct Iod
{
    private readonly IodWire* _wire;

    internal Iod(IodWire* wire, long valueOffset, long valueBytes)
    {
        _wire = wire;
        ValueOffset = valueOffset;
        ValueBytes = valueBytes;
    }

    /// <summary>Single value or array.</summary>
    public IodType Type => (IodType)_wire->Type;

    /// <summary>First byte of the akey.</summary>
    public byte* AkeyAddress => (byte*)(_wire + 1);

    /// <summary>Length of the akey.</summary>
    public int AkeyBytes => _wire->AkeyBytes;

    /// <summary>The akey.</summary>
    public ReadOnlySpan<byte> Akey => new(AkeyAddress, AkeyBytes);

    /// <summary>Bytes of a record, or of the single value; see <see cref="IodWire"/> for 0.</summary>
    public ulong RecordBytes => _wire->RecordBytes;

    /// <summary>The extents of an array; empty for a single value.</summary>
    public ReadOnlySpan<Recx> Recxs => new(AkeyAddress + ObjectLayout.Align8(AkeyBytes), _wire->RecxCount);

    /// <summary>Conditions on this akey alone.</summary>
    public ObjectFlags Conditions => (ObjectFlags)_wire->Conditions;

    /// <summary>How the checksums were made.</summary>
    public ChecksumType ChecksumType => (ChecksumType)_wire->ChecksumType;

    /// <summary>Bytes that one checksum covers.</summary>
    public int ChunkBytes => (int)_wire->ChunkBytes;

    /// <summary>Words of the checksums; see <see cref="IodWire"/> for what each covers.</summary>
    public ReadOnlySpan<uint> Checksums =>
        new(AkeyAddress + ObjectLayout.Align8(AkeyBytes) + ((long)_wire->RecxCount * Recx.SizeBytes), (int)_wire->ChecksumWords);

    /// <summary>Where this iod's bytes begin among the values (inline section or memory). In a fetch with unknown record size: 0.</summary>
    public long ValueOffset { get; }

    /// <summary>Bytes of this iod's value: record bytes times records. In a fetch with unknown record size: 0.</summary>
    public long ValueBytes { get; }

    internal IodWire* Next => (IodWire*)((byte*)_wire + ObjectLayout.IodBytes(_wire->AkeyBytes, _wire->RecxCount, (int)_wire->ChecksumWords));
}
