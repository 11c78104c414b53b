namespace Daos.Fabric.Rpc.Bulk;

/// <summary>
/// Moves bytes between a peer's segment list and local memory, in pieces that lie in one segment on both sides, several at once. Ends when
/// no piece is under way any more. Owned by the context's loop; pooled.
/// </summary>
internal sealed class BulkOperation : PooledOperation<DerCode>
{
    private RpcRequest _request = null!;
    private TransportConnection _connection = null!;
    private RemoteBulk _remote;
    private unsafe ulong* _keys;
    private BulkRegion? _local;
    private unsafe byte* _localAddress;
    private long _localOffset;
    private long _left;
    private int _segment;
    private long _segmentOffset;
    private bool _isGet;
    private bool _aborted;
    private int _workers;
    private DerCode _code;

    /// <summary>Counts the uses of this object.</summary>
    internal ulong Use { get; private set; }

    internal static unsafe BulkTransfer Start(
        RpcRequest request, TransportConnection connection, in RemoteBulk remote, ulong* keys, long offsetBytes, in BulkLocal local, long lengthBytes, bool isGet)
    {
        OwnerLoop loop = request.Context.Loop;
        BulkOperation operation = OwnerPool<BulkOperation>.Of(loop).TryRent() ?? new BulkOperation();
        operation.Begin(loop);
        var transfer = new BulkTransfer(operation, operation.Task);
        operation._request = request;
        operation._connection = connection;
        operation._remote = remote;
        operation._keys = keys;
        operation._local = local.Region;
        operation._localAddress = local.Address;
        operation._localOffset = local.OffsetBytes;
        operation._left = lengthBytes;
        operation._isGet = isGet;
        operation._aborted = false;
        operation._code = DerCode.Success;
        operation._segment = 0;
        operation._segmentOffset = offsetBytes;
        local.Region?.Hold(BulkHolder.Transfer);
        while (operation._segmentOffset >= remote.SegmentBytes(operation._segment))
        {
            operation._segmentOffset -= remote.SegmentBytes(operation._segment++);
        }

        operation.Run(loop);
        return transfer;
    }

    internal void Abort(ulong use)
    {
        if (use == Use && IsPending)
        {
            _aborted = true;
        }
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        OwnerLoop loop = _request.Context.Loop;
        Use++;
        _request = null!;
        _connection = null!;
        OwnerPool<BulkOperation>.Of(loop).Return(this);
    }

    private void Run(OwnerLoop loop)
    {
        int segments = Math.Max(_remote.SegmentCount, _local?.SegmentCount ?? 1);
        long pieces = Math.Max(segments, _left / RpcLimits.BulkPieceBytes);
        int workers = (int)Math.Min(RpcLimits.BulkPiecesAtOnce, pieces);

        // One more than there are, so that the last of those who finish at once does not end it while others are to be started.
        _workers = workers + 1;
        for (int i = 0; i < workers; i++)
        {
            loop.Spawn(WorkAsync());
        }

        WorkerEnded();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask WorkAsync()
    {
        while (NextPiece(out RemoteMemory memory, out long offsetBytes, out int lengthBytes, out nint address))
        {
            DerCode code = await Move(memory, offsetBytes, address, lengthBytes);
            if (code.IsError)
            {
                _code = _code.IsError ? _code : code;
                break;
            }

            _request.Context.Statistics.BulkBytes += lengthBytes;
        }

        WorkerEnded();
    }

    private void WorkerEnded()
    {
        if (--_workers > 0)
        {
            return;
        }

        bool isShort = _left > 0 && !_code.IsError;
        _local?.Release(BulkHolder.Transfer);
        _local = null;
        Complete(isShort ? DerCode.Canceled : _code);
    }

    private unsafe ValueTask<DerCode> Move(RemoteMemory memory, long offsetBytes, nint address, int lengthBytes) => _isGet
        ? _connection.ReadRemoteAsync(memory, offsetBytes, (byte*)address, lengthBytes)
        : _connection.WriteRemoteAsync(memory, offsetBytes, (byte*)address, lengthBytes);

    private unsafe bool NextPiece(out RemoteMemory memory, out long offsetBytes, out int lengthBytes, out nint address)
    {
        memory = default;
        offsetBytes = 0;
        lengthBytes = 0;
        address = 0;
        if (_left == 0 || _aborted || _code.IsError || _request.IsCanceled)
        {
            return false;
        }

        long segmentBytes = _remote.SegmentBytes(_segment);
        long length = Math.Min(Math.Min(_left, segmentBytes - _segmentOffset), RpcLimits.BulkPieceBytes);
        address = (nint)LocalRun(ref length);
        memory = new RemoteMemory(_keys[_segment], segmentBytes, _remote.Access);
        offsetBytes = _segmentOffset;
        lengthBytes = (int)length;
        _left -= length;
        _localOffset += length;
        _segmentOffset += length;
        if (_segmentOffset == segmentBytes)
        {
            _segment++;
            _segmentOffset = 0;
        }

        return true;
    }

    // Where the next local byte is; shortens the length to what lies there in one piece.
    private unsafe byte* LocalRun(ref long length)
    {
        if (_local is null)
        {
            return _localAddress + _localOffset;
        }

        long offset = _localOffset;
        foreach (BulkSegment segment in _local.Segments)
        {
            if (offset < segment.LengthBytes)
            {
                length = Math.Min(length, segment.LengthBytes - offset);
                return segment.Address + offset;
            }

            offset -= segment.LengthBytes;
        }

        throw new UnreachableException("the range was checked at the start");
    }
}
