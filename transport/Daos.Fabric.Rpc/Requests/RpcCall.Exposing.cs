using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc.Requests;

/// <content>
/// Memory that others reach during the call: bulk regions, exposed to the receiver of the request and to ranks that it may forward the
/// handle to, and payloads above the eager limit, which stay where they are and are moved by the server.
/// </content>
public sealed unsafe partial class RpcCall
{
    private readonly List<BulkRegion> _regions = [];
    private byte* _replyRoom;
    private int _replyRoomBytes;

    /// <summary>Lets the peer reach a region until this call completes. Between admission and <see cref="BeginRequest(int)"/>.</summary>
    public ExposedBulk Expose(BulkRegion region) => Expose(region, []);

    /// <summary>
    /// The same, and lets other ranks reach it over their own connections when the peer forwards the handle. Ranks that are not bound
    /// (<see cref="RpcContext.BindAsync"/>) are left out. Not valid when the connection ended or a quota was reached.
    /// </summary>
    public ExposedBulk Expose(BulkRegion region, ReadOnlySpan<RpcEndpoint> others)
    {
        Invariant.Check(_state == CallState.Admitted);
        int first = _exposedCount;
        int bindings = 0;
        if (!TryExpose(region, _session!, boundTo: null))
        {
            return default;
        }

        foreach (RpcEndpoint other in others)
        {
            Debug.Assert(other.Rank != Rank.None, "a binding names a rank");
            if (other.IsOpen && other.Session!.Introduction != Guid.Empty)
            {
                if (!TryExpose(region, other.Session, other))
                {
                    return default;
                }

                bindings++;
                Context.Statistics.BulksBound++;
            }
        }

        region.Hold(BulkHolder.Call);
        _regions.Add(region);
        return new ExposedBulk(region, first, bindings);
    }

    /// <summary>Writes the handle of an exposed region into the request: <see cref="ExposedBulk.SizeBytes"/> bytes.</summary>
    public void Write(in ExposedBulk exposed, Span<byte> destination)
    {
        BulkRegion region = exposed.Region!;
        var writer = new WireWriter(destination);
        writer.WriteUInt16((ushort)region.SegmentCount);
        writer.WriteUInt16((ushort)exposed.Bindings);
        writer.WriteByte((byte)region.Access);
        writer.Align8();
        writer.WriteUInt64((ulong)region.LengthBytes);
        foreach (BulkSegment segment in region.Segments)
        {
            writer.WriteUInt64((ulong)segment.LengthBytes);
        }

        WriteKeys(ref writer, exposed.First, region.SegmentCount);
        for (int i = 1; i <= exposed.Bindings; i++)
        {
            int first = exposed.First + (i * region.SegmentCount);
            ExposedMemory memory = _exposed[first]!;
            writer.WriteGuid(memory.Session!.Introduction);
            writer.WriteUInt32(memory.BoundTo!.Rank.Value);
            writer.WriteUInt16(memory.BoundTo.Tag);
            writer.Align8();
            WriteKeys(ref writer, first, region.SegmentCount);
        }

        Invariant.Check(!writer.Failed);
    }

    private void WriteKeys(ref WireWriter writer, int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            writer.WriteUInt64(_exposed[i]!.Memory.Key);
        }
    }

    // What was exposed before one failed is revoked with the rest when the call ends; its keys are known to nobody.
    private bool TryExpose(BulkRegion region, RpcSession session, RpcEndpoint? boundTo)
    {
        if (_exposedCount + region.SegmentCount > RpcLimits.ExposedMax)
        {
            Context.Statistics.RangesRefused++;
            return false;
        }

        foreach (BulkSegment segment in region.Segments)
        {
            if (!ExposeOn(session, segment.Address, segment.LengthBytes, region.Access).IsValid)
            {
                return false;
            }

            _exposed[_exposedCount - 1]!.BoundTo = boundTo;
        }

        return true;
    }

    private void ReleaseRegions()
    {
        foreach (BulkRegion region in _regions)
        {
            region.Release(BulkHolder.Call);
        }

        _regions.Clear();
    }

    /// <summary>
    /// Sends a payload of any length and takes a reply of any length, after admission and instead of <see cref="BeginRequest(int)"/> and
    /// <see cref="SendAsync"/>. What is above <see cref="RpcOptions.EagerBytesMax"/> is moved one-sided by the server. A large reply is
    /// in <see cref="RpcPayload.ReplyRoom"/> when it completes, a small one in the message; <see cref="Reply"/> is the right one. Codes as
    /// there, and DER_OVERFLOW (longer than the server takes), DER_QUOTA_LIMIT (nothing could be exposed; see
    /// <see cref="RangesReserved"/>).
    /// </summary>
    public ValueTask<DerCode> SendLargeAsync(RpcPayload payload)
    {
        bool isLarge = Prepare(payload, out LargePayloadWire large, out int inlineBytes, out DerCode refused);
        Span<byte> room = BeginRequest((isLarge ? LargePayloadWire.SizeBytes : 0) + inlineBytes);
        return SendPrepared(payload, isLarge, large, inlineBytes, room, refused);
    }

    /// <summary>The same for a request that changes something.</summary>
    public ValueTask<DerCode> SendLargeAsync(RpcPayload payload, in ModificationInfo modification)
    {
        bool isLarge = Prepare(payload, out LargePayloadWire large, out int inlineBytes, out DerCode refused);
        Span<byte> room = BeginRequest((isLarge ? LargePayloadWire.SizeBytes : 0) + inlineBytes, modification);
        return SendPrepared(payload, isLarge, large, inlineBytes, room, refused);
    }

    private bool Prepare(in RpcPayload payload, out LargePayloadWire large, out int inlineBytes, out DerCode refused)
    {
        Invariant.Check(_state == CallState.Admitted);
        int eagerBytes = Context.Options.EagerBytesMax;
        RemoteMemory request = default;
        RemoteMemory reply = default;
        bool lacks = false;
        if (payload.RequestBytes > eagerBytes)
        {
            request = ExposeOn(_session!, payload.Request, payload.RequestBytes, MemoryAccess.RemoteRead);
            lacks = !request.IsValid;
        }

        if (payload.ReplyRoomBytes > eagerBytes)
        {
            reply = ExposeOn(_session!, payload.ReplyRoom, payload.ReplyRoomBytes, MemoryAccess.RemoteWrite);
            lacks |= !reply.IsValid;
            _replyRoom = payload.ReplyRoom;
            _replyRoomBytes = payload.ReplyRoomBytes;
        }

        large = new LargePayloadWire(request, reply);
        inlineBytes = request.IsValid || lacks ? 0 : payload.RequestBytes;
        refused = !lacks ? DerCode.Success : _session!.Connection.IsOpen ? DerCode.QuotaLimit : DerCode.Unreachable;
        return request.IsValid || reply.IsValid;
    }

    private ValueTask<DerCode> SendPrepared(
        in RpcPayload payload, bool isLarge, in LargePayloadWire large, int inlineBytes, Span<byte> room, DerCode refused)
    {
        if (refused.IsError)
        {
            return Refuse(refused);
        }

        if (isLarge)
        {
            _flags |= RpcFlags.Large;
            large.Write(room);
            room = room[LargePayloadWire.SizeBytes..];
        }

        new ReadOnlySpan<byte>(payload.Request, inlineBytes).CopyTo(room);
        return SendAsync((isLarge ? LargePayloadWire.SizeBytes : 0) + inlineBytes);
    }

    // Nothing left: the keys that were given out are known to nobody.
    private ValueTask<DerCode> Refuse(DerCode code)
    {
        Begin(Context.Loop);
        ValueTask<DerCode> task = Task;
        _message = null;
        _state = CallState.Sent;
        End(code, code == DerCode.Unreachable ? RpcCallState.Unreachable : RpcCallState.Canceled);
        return task;
    }

    // A reply whose payload lies in the caller's room; false when the peer claims what it cannot have done.
    private bool TakeLargeReply(ReadOnlySpan<byte> payload)
    {
        long lengthBytes = payload.Length == LargePayloadWire.ReplySizeBytes ? MemoryMarshal.Read<long>(payload) : -1;
        if (lengthBytes < 0 || lengthBytes > _replyRoomBytes)
        {
            return false;
        }

        ReplyAddress = _replyRoom;
        ReplyBytes = (int)lengthBytes;
        return true;
    }
}
