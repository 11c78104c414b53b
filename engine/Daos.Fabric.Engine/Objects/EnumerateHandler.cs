using System.Runtime.InteropServices;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Listing;
using ObjectTarget = Daos.Fabric.Protocol.Objects.ObjectTarget;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// What the listings have in common: parse, admit, list into a buffer, wait for what the answer depends on, reply. A reply is bounded by what
/// the client asked for and by a message. Owned by the target's xstream.
/// </summary>
internal abstract class EnumerateHandler(ObjectService service)
{
    /// <summary>Handles one request.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask HandleAsync(RpcRequest request)
    {
        DerCode code = Admit(request, out ObjectKeyRequest message, out OpenContainer container);
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        OwnedBuffer? buffer = null;
        try
        {
            buffer = await service.Staging.RentAsync();
            code = Fill(in message, container, buffer, out ListAnchor next, out ListResult result);
            DerCode stable = await container.Shard.Store.WaitStableAsync(result.DependsOn);
            Reply(request, stable.IsError ? stable : code, buffer, in next, in result);
        }
        finally
        {
            if (buffer is not null)
            {
                service.Staging.Return(buffer);
            }

            container.Shard.Gate.Leave();
        }
    }

    /// <summary>True when the request has the keys that the listing needs.</summary>
    protected abstract bool HasKeys(in ObjectKeyRequest message);

    /// <summary>Asks the store.</summary>
    protected abstract DerCode List(
        StoreShard store,
        in ObjectKeyRequest message,
        in StoreTarget target,
        in ListRequest request,
        Span<byte> packed,
        out ListAnchor next,
        out ListResult result);

    private unsafe DerCode Admit(RpcRequest request, out ObjectKeyRequest message, out OpenContainer container)
    {
        container = null!;
        DerCode code = ObjectKeyRequest.Parse(request.PayloadAddress, request.PayloadBytes, isListing: true, out message);
        if (code.IsError)
        {
            return code;
        }

        return HasKeys(in message) ? service.Enter(request, message.Target.ContainerHandle, out container) : DerCode.Protocol;
    }

    private unsafe DerCode Fill(
        in ObjectKeyRequest message, OpenContainer container, OwnedBuffer buffer, out ListAnchor next, out ListResult result)
    {
        ObjectTarget asked = message.Target;
        StoreTarget target = ObjectService.StoreTargetOf(container, in asked, message.DkeyAddress, message.DkeyBytes);
        EnumerateWire* wire = message.Enumerate;
        var request = new ListRequest
        {
            Anchor = Unsafe.As<EnumerationAnchor, ListAnchor>(ref wire->Anchor),
            CountMax = (int)Math.Min(wire->EntriesMax, int.MaxValue),
            Descending = (asked.Flags & ObjectFlags.Descending) != 0,
        };
        int room = (int)Math.Min(wire->BytesMax, ProtocolLimits.PayloadBytesMax - EnumerateReplyWire.SizeBytes);
        return List(container.Shard.Store, in message, in target, in request, new Span<byte>(buffer.Address, room), out next, out result);
    }

    private static unsafe void Reply(RpcRequest request, DerCode code, OwnedBuffer buffer, in ListAnchor next, in ListResult result)
    {
        if (code.IsError)
        {
            request.Reply(code);
            return;
        }

        ListAnchor anchor = next;
        var wire = new EnumerateReplyWire
        {
            Anchor = Unsafe.As<ListAnchor, EnumerationAnchor>(ref anchor),
            Entries = (uint)result.Count,
            Flags = next.IsEnd ? EnumerateReplyWire.EndFlag : 0,
            EntryBytes = (uint)result.Bytes,
            RecordBytes = result.RecordBytes,
        };
        int lengthBytes = EnumerateReplyWire.SizeBytes + result.Bytes;
        Span<byte> room = request.BeginReply(lengthBytes);
        MemoryMarshal.Write(room, in wire);
        new ReadOnlySpan<byte>(buffer.Address, result.Bytes).CopyTo(room[EnumerateReplyWire.SizeBytes..]);
        request.EndReply(lengthBytes, DerCode.Success);
    }
}
