namespace Daos.Fabric.Rpc.Dispatch;

/// <content>Moving bytes from and to memory that bulk handles name. Only the receiver of a handle moves; its sender waits.</content>
public sealed unsafe partial class RpcRequest
{
    /// <summary>Reads from the handle's memory into a region (GET). Codes: <see cref="BulkTransfer.Task"/>.</summary>
    public BulkTransfer Get(in RemoteBulk bulk, long offsetBytes, BulkRegion local, long localOffsetBytes, long lengthBytes) =>
        Transfer(bulk, offsetBytes, new BulkLocal(local, localOffsetBytes), lengthBytes, isGet: true);

    /// <summary>Reads from the handle's memory into native memory.</summary>
    public BulkTransfer Get(in RemoteBulk bulk, long offsetBytes, byte* destination, long lengthBytes) =>
        Transfer(bulk, offsetBytes, new BulkLocal(destination, lengthBytes), lengthBytes, isGet: true);

    /// <summary>Writes a region into the handle's memory (PUT), ordered before the reply.</summary>
    public BulkTransfer Put(in RemoteBulk bulk, long offsetBytes, BulkRegion local, long localOffsetBytes, long lengthBytes) =>
        Transfer(bulk, offsetBytes, new BulkLocal(local, localOffsetBytes), lengthBytes, isGet: false);

    /// <summary>Writes native memory into the handle's memory, ordered before the reply.</summary>
    public BulkTransfer Put(in RemoteBulk bulk, long offsetBytes, byte* source, long lengthBytes) =>
        Transfer(bulk, offsetBytes, new BulkLocal(source, lengthBytes), lengthBytes, isGet: false);

    internal DerCode Introduce(Guid name)
    {
        RpcSession session = _session!;
        if (session.Introduction != Guid.Empty)
        {
            return session.Introduction == name ? DerCode.Success : DerCode.Already;
        }

        if (!Context.Introduced.TryAdd(name, session))
        {
            return DerCode.Exists;
        }

        session.Introduction = name;
        return DerCode.Success;
    }

    private BulkTransfer Transfer(in RemoteBulk bulk, long offsetBytes, in BulkLocal local, long lengthBytes, bool isGet)
    {
        Context.Loop.Assert();
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        bool isLocalGood = local.OffsetBytes >= 0 && local.OffsetBytes <= local.LengthBytes && lengthBytes <= local.LengthBytes - local.OffsetBytes;
        if (!isLocalGood)
        {
            throw new ArgumentOutOfRangeException(nameof(lengthBytes), lengthBytes, "the local memory is shorter");
        }

        MemoryAccess wanted = isGet ? MemoryAccess.RemoteRead : MemoryAccess.RemoteWrite;
        bool isInRange = offsetBytes >= 0 && offsetBytes <= bulk.LengthBytes && lengthBytes <= bulk.LengthBytes - offsetBytes;
        if (!isInRange || (bulk.Access & wanted) == 0)
        {
            return new BulkTransfer(DerCode.NoPerm);
        }

        ref long transfers = ref isGet ? ref Context.Statistics.BulkGets : ref Context.Statistics.BulkPuts;
        transfers++;
        if (IsCanceled || lengthBytes == 0)
        {
            return new BulkTransfer(IsCanceled ? DerCode.Canceled : DerCode.Success);
        }

        TransportConnection connection = Connection;
        ulong* keys = bulk.DirectKeys;
        if (bulk.IsForwarded)
        {
            DerCode code = FindOrigin(bulk, ref connection, ref keys);
            if (code.IsError)
            {
                return new BulkTransfer(code);
            }
        }

        return BulkOperation.Start(this, connection, bulk, keys, offsetBytes, local, lengthBytes, isGet);
    }

    // The connection by which the origin itself came to this rank. DER_NO_HDL: the handle is not for this rank. DER_UNREACH: it was, and the
    // connection ended.
    private DerCode FindOrigin(in RemoteBulk bulk, ref TransportConnection connection, ref ulong* keys)
    {
        byte* binding = bulk.FindBinding(Context.Rank, Tag);
        if (binding is null)
        {
            return DerCode.NoHandle;
        }

        var name = new Guid(new ReadOnlySpan<byte>(binding, RpcSession.IntroductionBytes), bigEndian: true);
        if (!Context.Introduced.TryGetValue(name, out RpcSession? session))
        {
            return DerCode.Unreachable;
        }

        connection = session.Connection;
        keys = (ulong*)(binding + BulkWire.BindingHeadBytes);
        return DerCode.Success;
    }
}
