namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// Fills an update or fetch: head with dkey, then the iods, then (update without memory) the values in the same order. Ask
/// <see cref="ObjectLayout"/> for the room needed.
/// </summary>
public ref struct ObjectIoWriter
{
    private readonly Span<byte> _payload;
    private WireWriter _writer;
    private int _iodsEnd;
    private int _lastIod;

    /// <summary>Writes the head and the dkey.</summary>
    /// <param name="payload">What <c>RpcCall.BeginRequest</c> gave.</param>
    /// <param name="target">What the request is about.</param>
    /// <param name="dkey">The distribution key.</param>
    /// <param name="iodCount">Iods that will follow.</param>
    /// <param name="memory">Exposed memory for the values; the default value when they travel inside the messages.</param>
    public ObjectIoWriter(Span<byte> payload, in ObjectTarget target, ReadOnlySpan<byte> dkey, int iodCount, RemoteMemory memory)
    {
        _payload = payload;
        _writer = new WireWriter(payload);
        Span<byte> head = _writer.Take(ObjectIoWire.SizeBytes);
        if (head.Length != 0)
        {
            target.Write(head, dkey.Length, iodCount);
            memory.Write(head[56..]);
            head[80..].Clear();
        }

        _writer.WriteBytes(dkey);
        _writer.Align8();
        _iodsEnd = _writer.Position;
    }

    /// <summary>Payload bytes so far: what to give to <c>RpcCall.SendAsync</c>.</summary>
    public readonly int LengthBytes => _writer.Position;

    /// <summary>True when something did not fit.</summary>
    public readonly bool Failed => _writer.Failed;

    /// <summary>Adds a single value.</summary>
    /// <param name="akey">The attribute key.</param>
    /// <param name="valueBytes">Length of the value; 0 punches (update) or takes whatever there is (fetch).</param>
    /// <param name="checksumType">How <paramref name="checksums"/> was made.</param>
    /// <param name="checksums">The words of one checksum over the value, or none.</param>
    public void AddSingle(scoped ReadOnlySpan<byte> akey, ulong valueBytes, ChecksumType checksumType, scoped ReadOnlySpan<uint> checksums) =>
        Add(akey, IodType.Single, valueBytes, default, checksumType, 0, checksums);

    /// <summary>Adds extents of an array.</summary>
    /// <param name="akey">The attribute key.</param>
    /// <param name="recordBytes">Bytes of a record; 0 punches (update) or takes whatever there is (fetch).</param>
    /// <param name="recxs">The extents, not overlapping.</param>
    /// <param name="checksumType">How <paramref name="checksums"/> were made.</param>
    /// <param name="chunkBytes">Bytes that one checksum covers.</param>
    /// <param name="checksums">For each extent in order the words of one per started chunk, or none.</param>
    public void AddArray(
        scoped ReadOnlySpan<byte> akey, ulong recordBytes, scoped ReadOnlySpan<Recx> recxs, ChecksumType checksumType, uint chunkBytes, scoped ReadOnlySpan<uint> checksums) =>
        Add(akey, IodType.Array, recordBytes, recxs, checksumType, chunkBytes, checksums);

    /// <summary>Room for the next inline value, to be filled completely; after the last iod, in the order of the iods.</summary>
    public Span<byte> TakeValue(int lengthBytes)
    {
        Span<byte> room = _writer.Take(lengthBytes);
        if (!_writer.Failed)
        {
            ref ObjectIoWire wire = ref MemoryMarshal.AsRef<ObjectIoWire>(_payload);
            wire.InlineBytes = (uint)(_writer.Position - _iodsEnd);
        }

        return room;
    }

    /// <summary>Gives the iod added last conditions of its own, for a request with <see cref="ObjectFlags.PerAkey"/>.</summary>
    public void SetConditions(ObjectFlags conditions)
    {
        if (!_writer.Failed)
        {
            MemoryMarshal.AsRef<IodWire>(_payload[_lastIod..]).Conditions = (ushort)conditions;
        }
    }

    private void Add(
        scoped ReadOnlySpan<byte> akey,
        IodType type,
        ulong recordBytes,
        scoped ReadOnlySpan<Recx> recxs,
        ChecksumType checksumType,
        uint chunkBytes,
        scoped ReadOnlySpan<uint> checksums)
    {
        _lastIod = _writer.Position;
        Span<byte> fixedPart = _writer.Take(IodWire.SizeBytes);
        if (fixedPart.Length != 0)
        {
            ref IodWire wire = ref MemoryMarshal.AsRef<IodWire>(fixedPart);
            wire.AkeyBytes = (ushort)akey.Length;
            wire.Type = (byte)type;
            wire.ChecksumType = (byte)checksumType;
            wire.RecxCount = (ushort)recxs.Length;
            wire.Conditions = 0;
            wire.RecordBytes = recordBytes;
            wire.ChunkBytes = chunkBytes;
            wire.ChecksumWords = (uint)checksums.Length;
        }

        _writer.WriteBytes(akey);
        _writer.Align8();
        _writer.WriteBytes(MemoryMarshal.AsBytes(recxs));
        _writer.WriteBytes(MemoryMarshal.AsBytes(checksums));
        _writer.Align8();
        _iodsEnd = _writer.Position;
    }
}
