using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Protocol.Placement;

namespace Daos.Fabric.TestKit.Engines;

/// <content>Object calls: single values and arrays under one dkey and one akey.</content>
public sealed partial class EngineCaller
{
    private static readonly byte[] s_akey = "a"u8.ToArray();

    /// <summary>Writes a single value; above 19 KiB it is pulled from exposed memory.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<Epoch>> PutAsync(
        ObjectId oid, byte[] dkey, byte[] value, ModificationInfo? identity = null, ObjectFlags flags = ObjectFlags.None, uint? checksum = null)
    {
        RpcCall call = Context.RentCall();
        try
        {
            DerCode code = await call.AdmitAsync(EndpointOf(oid, dkey), ObjectOpcodes.Update, Context.Loop.NowNs + TimeoutNs);
            if (code.IsError)
            {
                return code;
            }

            int length = BeginPut(call, TargetOf(oid, dkey, flags), dkey, value, identity ?? NextModification(), checksum ?? Crc32C.Compute(value));
            code = await call.SendAsync(length);
            return code.IsError ? code : EpochReply.TryRead(call.Reply, out Epoch epoch) ? epoch : DerCode.Protocol;
        }
        finally
        {
            call.Free();
        }
    }

    /// <summary>Writes records of one byte into an array; always pulled from exposed memory.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> WriteAsync(ObjectId oid, byte[] dkey, ulong index, byte[] bytes, ModificationInfo? identity = null)
    {
        RpcCall call = Context.RentCall();
        try
        {
            DerCode code = await call.AdmitAsync(EndpointOf(oid, dkey), ObjectOpcodes.Update, Context.Loop.NowNs + TimeoutNs);
            if (code.IsError)
            {
                return code;
            }

            return await call.SendAsync(BeginWrite(call, TargetOf(oid, dkey, ObjectFlags.None), dkey, index, bytes, identity ?? NextModification()));
        }
        finally
        {
            call.Free();
        }
    }

    /// <summary>Reads a single value; null when there is none. With room above 19 KiB it is pushed into exposed memory.</summary>
    public ValueTask<DerResult<byte[]?>> GetAsync(ObjectId oid, byte[] dkey, Epoch epoch = default, int roomBytes = 0) =>
        FetchAsync(oid, dkey, epoch, roomBytes, default);

    /// <summary>Reads records of one byte of an array into exposed memory.</summary>
    public ValueTask<DerResult<byte[]?>> ReadAsync(ObjectId oid, byte[] dkey, ulong index, int count, Epoch epoch = default) =>
        FetchAsync(oid, dkey, epoch, count, new Recx(index, (ulong)count));

    /// <summary>Punches a dkey.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> PunchDkeyAsync(ObjectId oid, byte[] dkey, ModificationInfo? identity = null, ObjectFlags flags = ObjectFlags.None)
    {
        RpcCall call = Context.RentCall();
        try
        {
            DerCode code = await call.AdmitAsync(EndpointOf(oid, dkey), ObjectOpcodes.PunchDkeys, Context.Loop.NowNs + TimeoutNs);
            return code.IsError ? code : await call.SendAsync(BeginKeys(call, TargetOf(oid, dkey, flags), dkey, identity ?? NextModification()));
        }
        finally
        {
            call.Free();
        }
    }

    /// <summary>Punches an object on every target.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> PunchObjectAsync(ObjectId oid)
    {
        foreach (RpcEndpoint target in _targets)
        {
            RpcCall call = Context.RentCall();
            try
            {
                DerCode code = await call.AdmitAsync(target, ObjectOpcodes.Punch, Context.Loop.NowNs + TimeoutNs);
                code = code.IsError ? code : await call.SendAsync(BeginKeys(call, new ObjectTarget(_containerHandle, oid, 0, Epoch.None, ObjectFlags.None), [], NextModification()));
                if (code.IsError)
                {
                    return code;
                }
            }
            finally
            {
                call.Free();
            }
        }

        return DerCode.Success;
    }

    /// <summary>Lists the dkeys of an object on all targets, with replies of a limited size.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerResult<List<byte[]>>> ListDkeysAsync(ObjectId oid, uint bytesMax = 4096, uint entriesMax = 1000)
    {
        var keys = new List<byte[]>();
        foreach (RpcEndpoint target in _targets)
        {
            EnumerationAnchor anchor = default;
            bool end = false;
            while (!end)
            {
                RpcCall call = Context.RentCall();
                try
                {
                    DerCode code = await call.AdmitAsync(target, ObjectOpcodes.DkeyEnumerate, Context.Loop.NowNs + TimeoutNs);
                    code = code.IsError ? code : await call.SendAsync(BeginList(call, oid, anchor, bytesMax, entriesMax));
                    if (code.IsError)
                    {
                        return code;
                    }

                    if (!TakeKeys(call, keys, out anchor, out end))
                    {
                        return DerCode.Protocol;
                    }
                }
                finally
                {
                    call.Free();
                }
            }
        }

        return keys;
    }

    private static int BeginKeys(RpcCall call, ObjectTarget target, byte[] dkey, ModificationInfo identity)
    {
        var writer = new ObjectKeyWriter(call.BeginRequest(ObjectKeyWriter.MaxBytes(dkey.Length, 0, 0), in identity), in target, dkey, 0);
        return writer.LengthBytes;
    }

    private static bool TakeKeys(RpcCall call, List<byte[]> keys, out EnumerationAnchor anchor, out bool end)
    {
        anchor = default;
        end = true;
        if (!EnumerateReply.TryParse(call.Reply, isFixed: false, out EnumerateReply reply))
        {
            return false;
        }

        ReadOnlySpan<byte> packed = reply.PackedEntries;
        while (EnumerateReply.TryTakeKey(ref packed, out ReadOnlySpan<byte> key))
        {
            keys.Add(key.ToArray());
        }

        anchor = reply.Wire.Anchor;
        end = reply.IsEnd;
        return true;
    }

    private int BeginList(RpcCall call, ObjectId oid, EnumerationAnchor anchor, uint bytesMax, uint entriesMax)
    {
        var target = new ObjectTarget(_containerHandle, oid, 0, Epoch.None, ObjectFlags.None);
        var writer = new ObjectKeyWriter(call.BeginRequest(ObjectKeyWriter.MaxBytes(0, 0, 0) + EnumerateWire.SizeBytes), in target, [], 0);
        writer.AddEnumerate(in anchor, bytesMax, entriesMax);
        return writer.LengthBytes;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerResult<byte[]?>> FetchAsync(ObjectId oid, byte[] dkey, Epoch epoch, int roomBytes, Recx recx)
    {
        RpcCall call = Context.RentCall();
        try
        {
            DerCode code = await call.AdmitAsync(EndpointOf(oid, dkey), ObjectOpcodes.Fetch, Context.Loop.NowNs + TimeoutNs);
            if (code.IsError)
            {
                return code;
            }

            bool isInline = roomBytes <= ProtocolLimits.InlineBytesMax && recx.Count == 0;
            int length = BeginFetch(call, TargetOf(oid, dkey, ObjectFlags.None) with { Epoch = epoch }, dkey, isInline ? 0 : roomBytes, recx);
            code = await call.SendAsync(length);
            return code.IsError ? code : TakeValue(call, isInline);
        }
        finally
        {
            call.Free();
        }
    }

    private unsafe int BeginPut(RpcCall call, ObjectTarget target, byte[] dkey, byte[] value, ModificationInfo identity, uint checksum)
    {
        bool isInline = value.Length <= ProtocolLimits.InlineBytesMax;
        RemoteMemory memory = default;
        if (!isInline)
        {
            value.CopyTo(new Span<byte>(_exposed.Address, value.Length));
            memory = call.Expose(_exposed.Address, value.Length, MemoryAccess.RemoteRead);
        }

        int room = ObjectLayout.IoBytes(dkey.Length) + ObjectLayout.IodBytes(s_akey.Length, 0, 1) + (isInline ? value.Length : 0);
        var writer = new ObjectIoWriter(call.BeginRequest(room, in identity), in target, dkey, 1, memory);
        bool hasChecksum = value.Length > 0;
        writer.AddSingle(s_akey, (ulong)value.Length, hasChecksum ? ChecksumType.Crc32C : ChecksumType.None, hasChecksum ? [checksum] : []);
        if (isInline)
        {
            value.CopyTo(writer.TakeValue(value.Length));
        }

        return writer.LengthBytes;
    }

    private unsafe int BeginWrite(RpcCall call, ObjectTarget target, byte[] dkey, ulong index, byte[] bytes, ModificationInfo identity)
    {
        const uint ChunkBytes = 32 * 1024;
        bytes.CopyTo(new Span<byte>(_exposed.Address, bytes.Length));
        RemoteMemory memory = call.Expose(_exposed.Address, bytes.Length, MemoryAccess.RemoteRead);
        var checksums = new List<uint>();
        for (int at = 0; at < bytes.Length;)
        {
            int cut = (int)Math.Min((ulong)(bytes.Length - at), ChunkBytes - ((index + (ulong)at) % ChunkBytes));
            checksums.Add(Crc32C.Compute(bytes.AsSpan(at, cut)));
            at += cut;
        }

        int room = ObjectLayout.IoBytes(dkey.Length) + ObjectLayout.IodBytes(s_akey.Length, 1, checksums.Count);
        var writer = new ObjectIoWriter(call.BeginRequest(room, in identity), in target, dkey, 1, memory);
        writer.AddArray(s_akey, 1, [new Recx(index, (ulong)bytes.Length)], ChecksumType.Crc32C, ChunkBytes, checksums.ToArray());
        return writer.LengthBytes;
    }

    private unsafe int BeginFetch(RpcCall call, ObjectTarget target, byte[] dkey, int roomBytes, Recx recx)
    {
        RemoteMemory memory = roomBytes == 0 ? default : call.Expose(_exposed.Address, roomBytes, MemoryAccess.RemoteWrite);
        int room = ObjectLayout.IoBytes(dkey.Length) + ObjectLayout.IodBytes(s_akey.Length, 1, 0);
        var writer = new ObjectIoWriter(call.BeginRequest(room), in target, dkey, 1, memory);
        if (recx.Count == 0)
        {
            writer.AddSingle(s_akey, 0, ChecksumType.None, []);
        }
        else
        {
            writer.AddArray(s_akey, 0, [recx], ChecksumType.None, 0, []);
        }

        return writer.LengthBytes;
    }

    private unsafe DerResult<byte[]?> TakeValue(RpcCall call, bool isInline)
    {
        if (!FetchReply.TryParse(call.ReplyAddress, call.ReplyBytes, isInline, out FetchReply reply))
        {
            return DerCode.Protocol;
        }

        foreach (FetchIod iod in reply)
        {
            if (iod.RecordBytes == 0)
            {
                return (byte[]?)null;
            }

            byte* source = isInline ? reply.InlineValues : _exposed.Address;
            byte[] value = new ReadOnlySpan<byte>(source, (int)iod.ValueBytes).ToArray();
            bool isSingle = iod.Map.IsEmpty;
            return isSingle && (iod.Checksums.Length != 1 || iod.Checksums[0] != Crc32C.Compute(value)) ? DerCode.Checksum : value;
        }

        return DerCode.Protocol;
    }

    private RpcEndpoint EndpointOf(ObjectId oid, byte[] dkey) =>
        _targets[(ObjectPlacement.TargetOf(oid, DkeyHash.Compute(oid, dkey), _targets.Length) + (MisplacesKeys ? 1 : 0)) % _targets.Length];

    private ObjectTarget TargetOf(ObjectId oid, byte[] dkey, ObjectFlags flags) =>
        new(_containerHandle, oid, DkeyHash.Compute(oid, dkey), Epoch.None, flags);
}
