namespace Daos.Fabric.Protocol.Objects;

/// <summary>Fills the reply to a listing: entries until one does not fit, then the anchor to go on from.</summary>
public ref struct EnumerateReplyWriter
{
    private readonly Span<byte> _payload;
    private WireWriter _writer;
    private uint _entries;

    /// <param name="payload">Room for the reply; limit it to the fixed part plus the bytes that the client asked for.</param>
    public EnumerateReplyWriter(Span<byte> payload)
    {
        _payload = payload;
        _writer = new WireWriter(payload);
        _writer.Take(EnumerateReplyWire.SizeBytes).Clear();
    }

    /// <summary>Entries so far.</summary>
    public readonly int Entries => (int)_entries;

    /// <summary>Adds a key; false when it does not fit any more, and then nothing was added.</summary>
    public bool TryAddKey(ReadOnlySpan<byte> key)
    {
        if (_writer.Remaining < sizeof(ushort) + key.Length)
        {
            return false;
        }

        _writer.WriteUInt16((ushort)key.Length);
        _writer.WriteBytes(key);
        _entries++;
        return true;
    }

    /// <summary>Adds an extent; false when it does not fit any more.</summary>
    public bool TryAddRecx(in RecxEntry entry)
    {
        if (_writer.Remaining < RecxEntry.SizeBytes)
        {
            return false;
        }

        MemoryMarshal.Write(_writer.Take(RecxEntry.SizeBytes), entry);
        _entries++;
        return true;
    }

    /// <summary>Completes the reply and returns its length.</summary>
    /// <param name="anchor">Where to go on.</param>
    /// <param name="isEnd">Nothing follows.</param>
    /// <param name="recordBytes">Bytes of a record, in listings of extents.</param>
    public readonly int Finish(in EnumerationAnchor anchor, bool isEnd, ulong recordBytes = 0)
    {
        Invariant.Check(!_writer.Failed);
        ref EnumerateReplyWire wire = ref MemoryMarshal.AsRef<EnumerateReplyWire>(_payload);
        wire.Anchor = anchor;
        wire.Entries = _entries;
        wire.Flags = isEnd ? EnumerateReplyWire.EndFlag : 0;
        wire.EntryBytes = (uint)(_writer.Position - EnumerateReplyWire.SizeBytes);
        wire.RecordBytes = recordBytes;
        return _writer.Position;
    }
}
