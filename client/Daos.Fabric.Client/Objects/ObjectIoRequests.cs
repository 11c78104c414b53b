using System.Buffers;
using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.KeyValues;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Objects;

/// <summary>
/// Encodes updates and fetches of several akeys. Values up to the eager limit together are copied into the request; above it one piece is
/// borrowed from the caller, several pieces are gathered into native memory. Any thread.
/// </summary>
internal static class ObjectIoRequests
{
    /// <summary>An update.</summary>
    internal static void Update(
        ClientCall call,
        in ObjectTarget target,
        int place,
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<DaosUpdateIod> iods,
        ContainerProperties properties,
        NativeBlockPool blocks)
    {
        long totalBytes = CheckUpdate(iods);
        Span<byte> payload = call.Prepare(ObjectOpcodes.Update, place, isModification: true, ReplyKind.Epoch);
        bool isInline = totalBytes <= ProtocolLimits.InlineBytesMax;
        bool isOnePiece = iods.Length == 1 && iods[0].PieceCount == 1;
        byte[]? scratch = null;
        Span<byte> gathered = default;
        if (!isOnePiece)
        {
            gathered = isInline ? (scratch = ArrayPool<byte>.Shared.Rent((int)totalBytes)) : TakeBlock(call, totalBytes, MemoryAccess.RemoteRead, blocks);
            Gather(iods, gathered);
        }
        else if (!isInline)
        {
            call.Borrow(iods[0].PieceAt(0), MemoryAccess.RemoteRead);
        }

        ReadOnlySpan<byte> values = isOnePiece ? iods[0].PieceAt(0).Span : gathered[..(int)totalBytes];
        var writer = new ObjectIoWriter(payload, in target, dkey, iods.Length, default);
        int offset = 0;
        foreach (ref readonly DaosUpdateIod iod in iods)
        {
            int lengthBytes = (int)iod.DataBytes;
            AddUpdate(ref writer, in iod, values.Slice(offset, lengthBytes), properties);
            writer.SetConditions((ObjectFlags)iod.Conditions);
            offset += lengthBytes;
        }

        if (isInline)
        {
            Span<byte> room = writer.TakeValue(values.Length);
            if (!writer.Failed)
            {
                values.CopyTo(room);
            }
        }
        else
        {
            call.RemoteMemoryOffset = ObjectRequests.MemoryOffset;
        }

        if (scratch is not null)
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        ObjectRequests.Finish(call, writer.LengthBytes, writer.Failed);
    }

    /// <summary>A fetch. Answers whether the values come back inside the message.</summary>
    internal static bool Fetch(
        ClientCall call,
        in ObjectTarget target,
        int place,
        ReadOnlySpan<byte> dkey,
        ReadOnlySpan<DaosFetchIod> iods,
        NativeBlockPool blocks)
    {
        long capacityBytes = CheckFetch(iods);
        Span<byte> payload = call.Prepare(ObjectOpcodes.Fetch, place, isModification: false, ReplyKind.Fetch);
        bool isInline = capacityBytes <= ProtocolLimits.InlineBytesMax;
        call.WantsSizesOnly = capacityBytes == 0;
        if (!isInline)
        {
            TakeBlock(call, capacityBytes, MemoryAccess.RemoteWrite, blocks);
        }

        ObjectTarget what = call.WantsSizesOnly ? target with { Flags = target.Flags | ObjectFlags.SizesOnly } : target;
        var writer = new ObjectIoWriter(payload, in what, dkey, iods.Length, default);
        foreach (DaosFetchIod iod in iods)
        {
            if (iod.Kind == IodType.Single)
            {
                writer.AddSingle(iod.Akey.Span, 0, ChecksumType.None, default);
            }
            else
            {
                writer.AddArray(iod.Akey.Span, 0, iod.ExtentSpan, ChecksumType.None, 0, default);
            }

            writer.SetConditions((ObjectFlags)iod.Conditions);
        }

        call.RemoteMemoryOffset = ObjectRequests.MemoryOffset;
        ObjectRequests.Finish(call, writer.LengthBytes, writer.Failed);
        return isInline;
    }

    /// <summary>Adds a single value with its checksum.</summary>
    internal static void AddSingle(
        ref ObjectIoWriter writer,
        scoped ReadOnlySpan<byte> akey,
        scoped ReadOnlySpan<byte> value,
        ChecksumType type)
    {
        Span<uint> words = stackalloc uint[ChecksumTypes.WordsMax];
        Checksum.Compute(type, value, words);
        writer.AddSingle(akey, (ulong)value.Length, type, words[..ChecksumTypes.Words(type)]);
    }

    /// <summary>Adds one extent of records with its checksums.</summary>
    internal static void AddExtents(
        ref ObjectIoWriter writer,
        scoped ReadOnlySpan<byte> akey,
        int recordBytes,
        scoped ReadOnlySpan<Recx> extents,
        scoped ReadOnlySpan<byte> data,
        ContainerProperties properties)
    {
        if (properties.Checksum == ChecksumType.None)
        {
            writer.AddArray(akey, (ulong)recordBytes, extents, ChecksumType.None, 0, default);
            return;
        }

        ChecksumType type = properties.Checksum;
        int words = ChecksumTypes.Words(type);
        int chunkBytes = (int)properties.ChunkBytes;
        int count = 0;
        foreach (Recx extent in extents)
        {
            count += words * (int)ObjectLayout.ExtentChecksumCount(extent.Index * (ulong)recordBytes, (long)extent.Count * recordBytes, properties.ChunkBytes);
        }

        uint[]? rented = count <= 256 ? null : ArrayPool<uint>.Shared.Rent(count);
        Span<uint> checksums = (rented ?? stackalloc uint[256])[..count];
        int at = 0;
        foreach (Recx extent in extents)
        {
            // Chunks lie at multiples of their size from record 0: the first one of an extent may be a rest.
            int extentBytes = (int)extent.Count * recordBytes;
            int chunk = chunkBytes - (int)(extent.Index * (ulong)recordBytes % (ulong)chunkBytes);
            for (int offset = 0; offset < extentBytes; chunk = chunkBytes)
            {
                int lengthBytes = Math.Min(chunk, extentBytes - offset);
                Checksum.Compute(type, data.Slice(offset, lengthBytes), checksums[at..]);
                at += words;
                offset += lengthBytes;
            }

            data = data[extentBytes..];
        }

        writer.AddArray(akey, (ulong)recordBytes, extents, type, (uint)chunkBytes, checksums);
        if (rented is not null)
        {
            ArrayPool<uint>.Shared.Return(rented);
        }
    }

    private static void AddUpdate(ref ObjectIoWriter writer, in DaosUpdateIod iod, scoped ReadOnlySpan<byte> data, ContainerProperties properties)
    {
        if (iod.Kind == IodType.Array)
        {
            Recx only = iod.Extent;
            ReadOnlySpan<Recx> extents = iod.Extents.IsEmpty ? new ReadOnlySpan<Recx>(in only) : iod.Extents.Span;
            AddExtents(ref writer, iod.Akey.Span, iod.RecordBytes, extents, data, properties);
            return;
        }

        AddSingle(ref writer, iod.Akey.Span, data, properties.Checksum);
    }

    private static unsafe Span<byte> TakeBlock(ClientCall call, long lengthBytes, MemoryAccess access, NativeBlockPool blocks)
    {
        NativeBlock block = blocks.TryRent((int)lengthBytes)
            ?? throw new DaosException(
                DerCode.NoMemory,
                "encode",
                detail: $"{lengthBytes} bytes in several pieces need native memory, and LargeBufferBytesMax is reached");
        call.Expose(block, lengthBytes, access);
        return new Span<byte>(block.Address, (int)lengthBytes);
    }

    private static void Gather(ReadOnlySpan<DaosUpdateIod> iods, Span<byte> destination)
    {
        foreach (ref readonly DaosUpdateIod iod in iods)
        {
            for (int i = 0; i < iod.PieceCount; i++)
            {
                ReadOnlySpan<byte> piece = iod.PieceAt(i).Span;
                piece.CopyTo(destination);
                destination = destination[piece.Length..];
            }
        }
    }

    private static long CheckUpdate(ReadOnlySpan<DaosUpdateIod> iods)
    {
        CheckCount(iods.Length, "update");
        long totalBytes = 0;
        foreach (ref readonly DaosUpdateIod iod in iods)
        {
            CheckAkey(iod.Akey, "update");
            long dataBytes = iod.DataBytes;
            if (iod.Kind == IodType.Array)
            {
                long recordsBytes = 0;
                for (int i = 0; i < iod.ExtentCount; i++)
                {
                    recordsBytes = checked(recordsBytes + ((long)iod.ExtentAt(i).Count * iod.RecordBytes));
                }

                if (recordsBytes != dataBytes || iod.RecordBytes < 1)
                {
                    throw new DaosException(
                        DerCode.IoInval,
                        "update",
                        detail: $"The extents name {recordsBytes} bytes, the memory has {dataBytes}");
                }
            }

            if (dataBytes == 0)
            {
                throw new DaosException(DerCode.Invalid, "update", detail: "A value has at least one byte; punch the akey instead");
            }

            totalBytes += dataBytes;
        }

        CheckTransfer(totalBytes, "update");
        return totalBytes;
    }

    private static long CheckFetch(ReadOnlySpan<DaosFetchIod> iods)
    {
        CheckCount(iods.Length, "fetch");
        long capacityBytes = 0;
        foreach (DaosFetchIod iod in iods)
        {
            CheckAkey(iod.Akey, "fetch");
            capacityBytes += iod.CapacityBytes;
        }

        CheckTransfer(capacityBytes, "fetch");
        return capacityBytes;
    }

    private static void CheckCount(int count, string operation)
    {
        if (count is 0 or > ProtocolLimits.IodsMax)
        {
            throw new DaosException(DerCode.Invalid, operation, detail: $"A call has 1 to {ProtocolLimits.IodsMax} akeys, this one has {count}");
        }
    }

    private static void CheckAkey(ReadOnlyMemory<byte> akey, string operation)
    {
        if (akey.Length is 0 or > ProtocolLimits.KeyBytesMax)
        {
            Errors.Throw.KeyLength(akey.Length, operation);
        }
    }

    private static void CheckTransfer(long bytes, string operation)
    {
        if (bytes > ClientLimits.TransferBytesMax)
        {
            throw new DaosException(
                DerCode.RecordTooBig,
                operation,
                detail: $"One call moves at most {ClientLimits.TransferBytesMax} bytes, this one has {bytes}");
        }
    }
}
