using Daos.Fabric.Client.Memory;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Client.Calls;

/// <summary>
/// Takes a reply out of the receive segment, which is gone when the RPC is freed: checks it, verifies the checksums of values, and keeps
/// in the call what its reader needs. Runs on the owner thread.
/// </summary>
internal static unsafe class ReplyReader
{
    /// <summary>The call's outcome. A malformed reply is DER_PROTO, a value that does not fit its checksum DER_CSUM.</summary>
    internal static DerCode Take(ClientCall call, RpcCall rpc)
    {
        switch (call.Reply)
        {
            case ReplyKind.Epoch:
                return EpochReply.TryRead(rpc.Reply, out call.Epoch) ? DerCode.Success : DerCode.Protocol;
            case ReplyKind.SingleValue:
                return TakeSingle(call, rpc);
            case ReplyKind.Extent:
                return TakeExtent(call, rpc);
            case ReplyKind.Fetch:
                return TakeFetch(call, rpc);
            default:
                Keep(call, rpc.ReplyAddress, rpc.ReplyBytes);
                return DerCode.Success;
        }
    }

    /// <summary>Reads the length of a single value out of an answer that carries sizes only; false when there are none.</summary>
    internal static bool TryReadSize(ClientCall call, RpcCall rpc)
    {
        if (!FetchReply.TryParse(rpc.ReplyAddress, rpc.ReplyBytes, isInline: false, out FetchReply reply) || reply.IodCount != 1)
        {
            return false;
        }

        FetchReply.Enumerator iods = reply.GetEnumerator();
        iods.MoveNext();
        call.ValueBytes = (long)iods.Current.RecordBytes;
        return call.ValueBytes > 0;
    }

    private static DerCode TakeSingle(ClientCall call, RpcCall rpc)
    {
        if (!TryParseOne(call, rpc, out FetchReply reply, out FetchIod iod))
        {
            return DerCode.Protocol;
        }

        if (iod.RecordBytes == 0)
        {
            return DerCode.Nonexist;
        }

        call.Epoch = reply.Epoch;
        call.ValueBytes = (long)iod.RecordBytes;
        if (call.Step == FetchStep.Size)
        {
            call.Step = FetchStep.Block;
            return DerCode.RecordTooBig;
        }

        if (call.ValueBytes > call.CapacityBytes || iod.ValueBytes != call.ValueBytes)
        {
            return DerCode.RecordTooBig;
        }

        byte* value = call.Memory is null ? reply.InlineValues : call.Memory;
        if (!Verify(iod.ChecksumType, 0, 0, iod.Checksums, value, iod.ValueBytes))
        {
            return DerCode.Checksum;
        }

        if (call.Memory is null)
        {
            Keep(call, value, iod.ValueBytes);
        }
        else
        {
            call.ValueAddress = call.Memory;
        }

        return DerCode.Success;
    }

    private static DerCode TakeExtent(ClientCall call, RpcCall rpc)
    {
        if (!TryParseOne(call, rpc, out FetchReply reply, out FetchIod iod)
            || ObjectIoRequest.Parse(call.Buffer, call.RequestBytes, isUpdate: false, out ObjectIoRequest request).IsError)
        {
            return DerCode.Protocol;
        }

        ObjectIoRequest.Enumerator asked = request.GetEnumerator();
        asked.MoveNext();
        if (iod.ValueBytes > call.CapacityBytes)
        {
            return DerCode.Protocol;
        }

        byte* values = call.Memory is null ? reply.InlineValues : call.Memory;
        DerCode code = VerifyExtents(asked.Current, iod, values, out long foundBytes);
        if (code.IsError)
        {
            return code;
        }

        call.Epoch = reply.Epoch;
        call.Number = foundBytes;
        call.ValueBytes = iod.ValueBytes;
        if (call.Memory is null)
        {
            Keep(call, values, iod.ValueBytes);
        }
        else
        {
            call.ValueAddress = call.Memory;
        }

        return DerCode.Success;
    }

    private static DerCode TakeFetch(ClientCall call, RpcCall rpc)
    {
        bool isInline = call.Memory is null && !call.WantsSizesOnly;
        if (!FetchReply.TryParse(rpc.ReplyAddress, rpc.ReplyBytes, isInline, out FetchReply reply)
            || ObjectIoRequest.Parse(call.Buffer, call.RequestBytes, isUpdate: false, out ObjectIoRequest request).IsError
            || reply.IodCount != request.IodCount)
        {
            return DerCode.Protocol;
        }

        if (!call.WantsSizesOnly)
        {
            byte* values = isInline ? reply.InlineValues : call.Memory;
            long room = isInline ? reply.InlineBytes : call.MemoryBytes;
            ObjectIoRequest.Enumerator asked = request.GetEnumerator();
            foreach (FetchIod iod in reply)
            {
                asked.MoveNext();
                if (iod.ValueOffset + iod.ValueBytes > room)
                {
                    return DerCode.Protocol;
                }

                DerCode code = asked.Current.Type == IodType.Array
                    ? VerifyExtents(asked.Current, iod, values + iod.ValueOffset, out _)
                    : Verify(iod.ChecksumType, 0, 0, iod.Checksums, values + iod.ValueOffset, iod.ValueBytes) ? DerCode.Success : DerCode.Checksum;
                if (code.IsError)
                {
                    return code;
                }
            }
        }

        call.Epoch = reply.Epoch;
        Keep(call, rpc.ReplyAddress, rpc.ReplyBytes);
        return DerCode.Success;
    }

    private static bool TryParseOne(ClientCall call, RpcCall rpc, out FetchReply reply, out FetchIod iod)
    {
        iod = default;
        bool isInline = call.Memory is null && call.Step != FetchStep.Size;
        if (!FetchReply.TryParse(rpc.ReplyAddress, rpc.ReplyBytes, isInline, out reply) || reply.IodCount != 1)
        {
            return false;
        }

        FetchReply.Enumerator iods = reply.GetEnumerator();
        iods.MoveNext();
        iod = iods.Current;
        return true;
    }

    // The values lie in the order asked for, holes filled with zeroes, and the checksums cover them like that.
    private static DerCode VerifyExtents(Iod asked, FetchIod found, byte* values, out long foundBytes)
    {
        if (!TryCountFound(asked.Recxs, found, out foundBytes))
        {
            return DerCode.Protocol;
        }

        if (found.ChecksumType == ChecksumType.None || found.ValueBytes == 0)
        {
            return DerCode.Success;
        }

        ReadOnlySpan<uint> checksums = found.Checksums;
        long offset = 0;
        foreach (Recx extent in asked.Recxs)
        {
            ulong firstByte = extent.Index * found.RecordBytes;
            long lengthBytes = (long)(extent.Count * found.RecordBytes);
            int count = ChecksumTypes.Words(found.ChecksumType)
                * (int)ObjectLayout.ExtentChecksumCount(firstByte, lengthBytes, (uint)found.ChunkBytes);
            if (count > checksums.Length || !Verify(found.ChecksumType, found.ChunkBytes, firstByte, checksums[..count], values + offset, lengthBytes))
            {
                return DerCode.Checksum;
            }

            checksums = checksums[count..];
            offset += lengthBytes;
        }

        return DerCode.Success;
    }

    // Each extent of the map lies inside one of the extents asked for, in their order; the values are those of all extents asked for.
    private static bool TryCountFound(ReadOnlySpan<Recx> asked, FetchIod found, out long foundBytes)
    {
        foundBytes = 0;
        ulong askedRecords = 0;
        foreach (Recx extent in asked)
        {
            askedRecords += extent.Count;
        }

        if (found.ValueBytes != 0 && (UInt128)askedRecords * found.RecordBytes != (ulong)found.ValueBytes)
        {
            return false;
        }

        int at = 0;
        foreach (Recx extent in found.Map)
        {
            while (at < asked.Length && extent.Index - asked[at].Index >= asked[at].Count)
            {
                at++;
            }

            if (at == asked.Length || extent.Count > asked[at].Count - (extent.Index - asked[at].Index))
            {
                return false;
            }

            foundBytes += (long)(extent.Count * found.RecordBytes);
        }

        return true;
    }

    // Chunks lie at multiples of their size from record 0: the first one of an extent may be a rest.
    private static bool Verify(
        ChecksumType type,
        int chunkBytes,
        ulong firstByte,
        ReadOnlySpan<uint> checksums,
        byte* value,
        long lengthBytes)
    {
        if (type == ChecksumType.None || lengthBytes == 0)
        {
            return true;
        }

        long chunk = chunkBytes == 0 ? lengthBytes : chunkBytes - (long)(firstByte % (ulong)chunkBytes);
        int words = ChecksumTypes.Words(type);
        for (long offset = 0; offset < lengthBytes; chunk = chunkBytes)
        {
            int pieceBytes = (int)Math.Min(chunk, lengthBytes - offset);
            if (checksums.Length < words || !Checksum.Matches(type, new ReadOnlySpan<byte>(value + offset, pieceBytes), checksums))
            {
                return false;
            }

            offset += pieceBytes;
            checksums = checksums[words..];
        }

        return true;
    }

    // The request is not needed any more: the reply takes its place.
    private static void Keep(ClientCall call, byte* source, long lengthBytes)
    {
        new ReadOnlySpan<byte>(source, (int)lengthBytes).CopyTo(new Span<byte>(call.Buffer, ClientCall.BufferBytes));
        call.ValueAddress = call.Buffer;
        call.ValueBytes = lengthBytes;
    }
}
