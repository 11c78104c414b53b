namespace Daos.Fabric.Rpc.Bulk;

/// <summary>
/// A bulk handle as it lies in a request. Checked when it is read; valid as long as the request. The memory behind it may be gone at any
/// time: transfers then end with DER_NO_PERM or DER_UNREACH. A value, owned by the context's loop.
/// </summary>
public readonly unsafe struct RemoteBulk
{
    private readonly byte* _wire;

    private RemoteBulk(byte* wire) => _wire = wire;

    /// <summary>What may be done with the memory.</summary>
    public MemoryAccess Access => (MemoryAccess)_wire[4];

    /// <summary>Length of all segments together.</summary>
    public long LengthBytes => *(long*)(_wire + 8);

    /// <summary>How many segments there are.</summary>
    public int SegmentCount => *(ushort*)_wire;

    /// <summary>How many other ranks the origin made it reachable for.</summary>
    public int BindingCount => *(ushort*)(_wire + 2);

    /// <summary>True when it came through another rank: this rank reaches the memory over the origin's own connection.</summary>
    public bool IsForwarded => (_wire[5] & BulkWire.ForwardedFlag) != 0;

    /// <summary>Bytes that the handle takes in a message.</summary>
    public int SizeBytes => BulkWire.SizeBytes(SegmentCount, BindingCount);

    /// <summary>Reads a handle that begins at an address, 8-byte aligned; false when it is malformed or longer than what is there.</summary>
    public static bool TryRead(byte* address, int lengthBytes, out RemoteBulk bulk)
    {
        bulk = new RemoteBulk(address);
        if (lengthBytes < BulkWire.HeadBytes)
        {
            return false;
        }

        int segments = bulk.SegmentCount;
        int bindings = bulk.BindingCount;
        bool isHeadGood = segments > 0 && segments * (1 + bindings) <= RpcLimits.ExposedMax
            && address[4] is > 0 and <= 3 && address[5] <= BulkWire.ForwardedFlag && *(ushort*)(address + 6) == 0;
        if (!isHeadGood || BulkWire.SizeBytes(segments, bindings) > lengthBytes)
        {
            return false;
        }

        long left = bulk.LengthBytes;
        for (int i = 0; i < segments; i++)
        {
            long length = bulk.SegmentBytes(i);
            if (length <= 0 || length > left || bulk.DirectKeys[i] == 0)
            {
                return false;
            }

            left -= length;
        }

        return left == 0;
    }

    /// <summary>True when that tag of that rank can reach the memory itself; otherwise whoever forwards has to relay.</summary>
    public bool IsBoundTo(Rank rank, ushort tag) => FindBinding(rank, tag) is not null;

    /// <summary>Copies the handle into a message to another rank, which then reaches the memory itself.</summary>
    public void WriteForwarded(Span<byte> destination)
    {
        new ReadOnlySpan<byte>(_wire, SizeBytes).CopyTo(destination);
        destination[5] |= BulkWire.ForwardedFlag;
    }

    internal ulong* DirectKeys => (ulong*)(_wire + BulkWire.HeadBytes) + SegmentCount;

    internal long SegmentBytes(int segment) => ((long*)(_wire + BulkWire.HeadBytes))[segment];

    /// <summary>The binding of a rank and tag: introduction, rank, tag, keys.</summary>
    internal byte* FindBinding(Rank rank, ushort tag)
    {
        byte* binding = _wire + BulkWire.HeadBytes + (SegmentCount * 16);
        for (int i = 0; i < BindingCount; i++, binding += BulkWire.BindingBytes(SegmentCount))
        {
            if (*(uint*)(binding + 16) == rank.Value && *(ushort*)(binding + 20) == tag)
            {
                return binding;
            }
        }

        return null;
    }
}
