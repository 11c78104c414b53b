using Daos.Fabric.Rpc.Bulk;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>One call of a run at a time: its memory, its bulk region, the call under way. Owned by the context's loop.</summary>
internal sealed unsafe class SelfTestSlot
{
    private readonly SelfTestShape _shape;
    private readonly byte* _memory;
    private readonly BulkRegion? _region;

    internal SelfTestSlot(RpcContext context, in SelfTestShape shape, byte* memory)
    {
        _shape = shape;
        _memory = memory;
        if (shape.HasBulk)
        {
            var segment = new BulkSegment(memory + SelfTestRequest.BulkOffset(shape), shape.BulkBytes);
            _region = context.TryRentBulk([segment], shape.BulkAccess)
                ?? throw new DaosException(DerCode.Again, "self-test", context.Loop.Name, "all bulk regions are in use");
        }
    }

    /// <summary>What is under way; null for nothing.</summary>
    internal RpcCall? Call { get; set; }

    /// <summary>Ranges that a call exposes at most: the handle, a long request, room for a long reply.</summary>
    internal int Ranges(int eagerBytes) =>
        (_region is null ? 0 : 1) + (SelfTestRequest.SizeBytes(_shape) > eagerBytes ? 1 : 0) + (_shape.InlineReplyBytes > eagerBytes ? 1 : 0);

    /// <summary>Sends an admitted call.</summary>
    internal ValueTask<DerCode> SendAsync(RpcCall call, SelfTestPeer peer)
    {
        *(uint*)_memory = peer.Session;
        *(uint*)(_memory + 4) = 0;
        if (_region is not null)
        {
            ExposedBulk exposed = call.Expose(_region);
            if (!exposed.IsValid)
            {
                return new(peer.Endpoint.IsOpen ? DerCode.QuotaLimit : DerCode.Unreachable);
            }

            call.Write(exposed, new Span<byte>(_memory + SelfTestRequest.HeadBytes, exposed.SizeBytes));
        }

        return call.SendLargeAsync(new RpcPayload(
            _memory, SelfTestRequest.SizeBytes(_shape), _memory + SelfTestRequest.ReplyOffset(_shape), _shape.InlineReplyBytes));
    }

    /// <summary>The run ended; nothing is under way.</summary>
    internal void Free() => _region?.Free();
}
