namespace Daos.Fabric.Rpc.Bulk;

/// <summary>
/// A list of memory segments that calls expose, or that a server moves bytes from and to (CaRT: a bulk handle). The memory stays its
/// owner's, who keeps it until everybody who holds the region let go. Owned by the context's loop; pooled.
/// </summary>
public sealed unsafe class BulkRegion
{
    private readonly int[] _holders = new int[3];
    private BulkSegment[] _segments = new BulkSegment[4];

    internal BulkRegion(RpcContext context) => Context = context;

    /// <summary>The context that it was rented from.</summary>
    public RpcContext Context { get; }

    /// <summary>What peers may do when it is exposed: read (BULK_RO), write (BULK_WO), both (BULK_RW).</summary>
    public MemoryAccess Access { get; private set; }

    /// <summary>Bytes of all segments.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>The segments.</summary>
    public ReadOnlySpan<BulkSegment> Segments => _segments.AsSpan(0, SegmentCount);

    /// <summary>How many segments there are.</summary>
    public int SegmentCount { get; private set; }

    /// <summary>True while somebody besides its creator holds it: its memory must not go away.</summary>
    public bool IsInUse => _holders[(int)BulkHolder.Call] + _holders[(int)BulkHolder.Transfer] > 0;

    /// <summary>
    /// Gives it back; it is used again when the last call and transfer let go. The memory itself is free when <see cref="IsInUse"/> is false.
    /// </summary>
    public void Free()
    {
        Invariant.Check(_holders[(int)BulkHolder.Creator] == 1);
        Release(BulkHolder.Creator);
    }

    /// <summary>Names who holds it, for leak reports: <c>Creator 1, Call 2</c>.</summary>
    public string DescribeHolders()
    {
        var parts = new List<string>();
        for (int i = 0; i < _holders.Length; i++)
        {
            if (_holders[i] > 0)
            {
                parts.Add($"{(BulkHolder)i} {_holders[i]}");
            }
        }

        return string.Join(", ", parts);
    }

    internal void Start(ReadOnlySpan<BulkSegment> segments, MemoryAccess access)
    {
        if (segments.Length > _segments.Length)
        {
            _segments = new BulkSegment[segments.Length];
        }

        segments.CopyTo(_segments);
        SegmentCount = segments.Length;
        LengthBytes = 0;
        foreach (BulkSegment segment in segments)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(segment.LengthBytes);
            LengthBytes = checked(LengthBytes + segment.LengthBytes);
        }

        Access = access;
        Hold(BulkHolder.Creator);
    }

    internal void Hold(BulkHolder holder) => _holders[(int)holder]++;

    internal void Release(BulkHolder holder)
    {
        Context.Loop.Assert();
        Invariant.Check(_holders[(int)holder] > 0);
        _holders[(int)holder]--;
        if (_holders[0] + _holders[1] + _holders[2] == 0)
        {
            SegmentCount = 0;
            Context.Bulks.Return(this);
        }
    }
}
