using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Rpc.Bulk;

/// <summary>
/// A client's bulk handle inside a call to a third rank. When the client bound the handle to that rank, the rank reaches the client's
/// memory itself; otherwise this rank relays: it pulls the bytes first, exposes its own copy, and pushes back what was written. Owned by
/// the context's loop; <see cref="EndAsync"/> is called once for every forward that began.
/// </summary>
public readonly struct BulkForward
{
    private readonly RpcRequest _request;
    private readonly RemoteBulk _bulk;
    private readonly RpcCall _call;
    private readonly NativeSlab? _copy;
    private readonly BulkRegion? _region;
    private readonly ExposedBulk _exposed;

    private BulkForward(RpcRequest request, in RemoteBulk bulk, RpcCall call, NativeSlab? copy, BulkRegion? region, ExposedBulk exposed)
    {
        _request = request;
        _bulk = bulk;
        _call = call;
        _copy = copy;
        _region = region;
        _exposed = exposed;
    }

    /// <summary>True when this rank stands between.</summary>
    public bool IsRelayed => _copy is not null;

    /// <summary>Bytes that <see cref="Write"/> fills.</summary>
    public int SizeBytes => IsRelayed ? _exposed.SizeBytes : _bulk.SizeBytes;

    /// <summary>
    /// Prepares a forward. DER_OVERFLOW (more than <see cref="RpcLimits.PayloadBytesMax"/> to relay), DER_OVERLOAD_RETRY (no memory for the
    /// copy), DER_QUOTA_LIMIT, and what a transfer may end with.
    /// </summary>
    /// <param name="request">The request that brought the handle.</param>
    /// <param name="bulk">The handle.</param>
    /// <param name="call">An admitted call to the rank; nothing is begun.</param>
    /// <param name="endpoint">Where the call goes.</param>
    /// <param name="relay">Relay even when the rank could reach the memory: it could not, as it turned out.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public static async ValueTask<DerResult<BulkForward>> BeginAsync(
        RpcRequest request, RemoteBulk bulk, RpcCall call, RpcEndpoint endpoint, bool relay = false)
    {
        RpcContext context = request.Context;
        if (!relay && bulk.IsBoundTo(endpoint.Rank, endpoint.Tag))
        {
            context.Statistics.BulksForwarded++;
            return new BulkForward(request, bulk, call, null, null, default);
        }

        if (bulk.LengthBytes > RpcLimits.PayloadBytesMax)
        {
            return DerCode.Overflow;
        }

        if (context.Staging.TryRent((int)bulk.LengthBytes) is not { } copy)
        {
            return DerCode.OverloadRetry;
        }

        context.Statistics.BulksRelayed++;
        if ((bulk.Access & MemoryAccess.RemoteRead) != 0)
        {
            DerCode code = await Get(request, bulk, copy);
            if (code.IsError)
            {
                context.Staging.Return(copy);
                return code;
            }
        }

        BulkRegion? region = Rent(context, copy, bulk);
        ExposedBulk exposed = region is null ? default : call.Expose(region);
        if (!exposed.IsValid)
        {
            region?.Free();
            context.Staging.Return(copy);

            // The rank's connection may have ended while the memory was fetched.
            return region is null || endpoint.IsOpen ? DerCode.QuotaLimit : DerCode.Unreachable;
        }

        return new BulkForward(request, bulk, call, copy, region, exposed);
    }

    /// <summary>Writes the handle into the request to the third rank.</summary>
    public void Write(Span<byte> destination)
    {
        if (IsRelayed)
        {
            _call.Write(_exposed, destination);
        }
        else
        {
            _bulk.WriteForwarded(destination);
        }
    }

    /// <summary>
    /// After the call completed (or was not sent): a relay pushes what the rank wrote to the client and frees its copy.
    /// </summary>
    /// <param name="code">What the call ended with; nothing is pushed after an error.</param>
    /// <param name="writtenBytes">How many bytes, from the first, the rank has written; 0 when it only read.</param>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> EndAsync(DerCode code, long writtenBytes)
    {
        if (_copy is null)
        {
            return code;
        }

        _region!.Free();
        if (code.IsSuccess && writtenBytes > 0)
        {
            code = await Put(_request, _bulk, _copy, writtenBytes);
        }

        _request.Context.Staging.Return(_copy);
        return code;
    }

    private static unsafe BulkRegion? Rent(RpcContext context, NativeSlab copy, RemoteBulk bulk)
    {
        var segment = new BulkSegment(copy.Address, bulk.LengthBytes);
        return context.TryRentBulk(new ReadOnlySpan<BulkSegment>(in segment), bulk.Access);
    }

    private static unsafe ValueTask<DerCode> Get(RpcRequest request, RemoteBulk bulk, NativeSlab copy) =>
        request.Get(bulk, 0, copy.Address, bulk.LengthBytes).Task;

    private static unsafe ValueTask<DerCode> Put(RpcRequest request, RemoteBulk bulk, NativeSlab copy, long lengthBytes) =>
        request.Put(bulk, 0, copy.Address, lengthBytes).Task;
}
