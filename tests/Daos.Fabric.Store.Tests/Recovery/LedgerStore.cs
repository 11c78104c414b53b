using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// A table of cells on the raw arena: each names a record {sequence, cell, data extent, length, checksum, bytes} whose bytes follow from
/// sequence and cell. Large ones lie in data extents. Every transaction writes its sequence to the root and replaces one to three cells.
/// </summary>
internal sealed class LedgerStore(StoreShard shard)
{
    internal const int CellCount = 48;

    private const int TableRoot = 14;
    private const int SequenceRoot = 15;
    private const int HeadBytes = 40;

    /// <summary>Sequence of the newest transaction in the store.</summary>
    internal int Sequence => (int)shard.Arena.Root(SequenceRoot);

    internal void Format()
    {
        Assert.True(shard.Transaction.Begin().IsSuccess);
        ulong table = shard.Transaction.Allocate(CellCount * sizeof(ulong));
        shard.Transaction.ModifyRoot(TableRoot, table);
        Assert.True(shard.Transaction.Commit(out _).IsSuccess);
    }

    /// <summary>One transaction over some cells. False when the shard has stopped.</summary>
    internal async ValueTask<bool> WriteAsync(Ledger ledger, int[] cells, bool large)
    {
        var extents = new DataExtent[cells.Length];
        int nonce = ledger.NextNonce();
        if (large)
        {
            // Only the commit knows the sequence, so the bytes of large records follow from a number of their own.
            OwnedBuffer buffer = await shard.Buffers.RentAsync();
            DerCode data = await WriteDataAsync(buffer, extents, nonce);
            shard.Buffers.Return(buffer);
            if (data == DerCode.NoSpace)
            {
                large = false;
            }
            else if (data.IsError)
            {
                return false;
            }
        }

        DerCode code;
        do
        {
            if ((await shard.AdmitAsync()).IsError)
            {
                return false;
            }

            code = shard.Transaction.Begin();
        }
        while (code == DerCode.Again);
        if (code.IsError)
        {
            return false;
        }

        int sequence = ledger.Committed + 1;
        for (int i = 0; i < cells.Length; i++)
        {
            Replace(cells[i], sequence, large ? extents[i] : default, nonce);
        }

        shard.Transaction.ModifyRoot(SequenceRoot, (ulong)sequence);
        Assert.True(shard.Transaction.Commit(out LogPosition position).IsSuccess);
        Assert.Equal(sequence, ledger.Commit(cells));
        if ((await shard.WaitStableAsync(position)).IsError)
        {
            return false;
        }

        ledger.Acknowledge(sequence);
        return true;
    }

    /// <summary>Compares everything with a prefix of the ledger; null when it is exact.</summary>
    internal async ValueTask<string?> CheckAsync(Ledger ledger)
    {
        if (shard.Arena.Root(TableRoot) == 0)
        {
            return ledger.Acknowledged == 0 ? null : "lost: everything";
        }

        if (Sequence < ledger.Acknowledged)
        {
            return $"lost: {Sequence} of {ledger.Acknowledged} acknowledged transactions are there";
        }

        if (Sequence > ledger.Committed)
        {
            return $"half: sequence {Sequence} was never committed";
        }

        int[] expected = ledger.CellsAfter(Sequence, CellCount);
        long dataBytes = 0;
        for (int cell = 0; cell < CellCount; cell++)
        {
            if (CheckCell(cell, expected[cell], out DataExtent extent, out int nonce) is { } wrong)
            {
                return wrong;
            }

            dataBytes += extent.LengthBytes;
            if (extent.Blocks > 0 && await CheckDataAsync(extent, nonce) is { } wrongData)
            {
                return wrongData;
            }
        }

        return shard.DataSpace.TotalBytes - DataExtent.BlockBytes - dataBytes == shard.DataSpace.FreeBytes
            ? null
            : "half: the data space's free blocks do not agree with the records";
    }

    private static int LengthOf(int sequence, int cell) => 1 + (int)(((uint)sequence * 2654435761 + (uint)cell * 40503) % 900);

    private static void Fill(Span<byte> bytes, int sequence, int cell) =>
        new SeededRandom(((ulong)(uint)sequence << 20) | (uint)cell).Fill(bytes);

    private static unsafe nint Address(OwnedBuffer buffer) => (nint)buffer.Address;

    private async ValueTask<DerCode> WriteDataAsync(OwnedBuffer buffer, DataExtent[] extents, int nonce)
    {
        for (int i = 0; i < extents.Length; i++)
        {
            if (shard.DataSpace.Reserve(4096 * (1 + (i % 3)), out extents[i]).IsError)
            {
                CancelAll(extents);
                return DerCode.NoSpace;
            }

            Fill(buffer.GetSpan()[..(int)extents[i].LengthBytes], nonce, (int)extents[i].Block);
            DerCode code = await shard.WriteDataAsync(Address(buffer), (int)extents[i].LengthBytes, extents[i].OffsetBytes);
            if (code.IsError)
            {
                return code;
            }
        }

        return await shard.FlushDataAsync();
    }

    private void CancelAll(DataExtent[] extents)
    {
        for (int i = 0; i < extents.Length; i++)
        {
            if (extents[i].Blocks > 0)
            {
                shard.DataSpace.Cancel(extents[i]);
            }

            extents[i] = default;
        }
    }

    private unsafe ulong* CellAt(int cell) => shard.Arena.At<ulong>(shard.Arena.Root(TableRoot) + ((ulong)cell * sizeof(ulong)));

    private unsafe void Replace(int cell, int sequence, DataExtent extent, int nonce)
    {
        ulong old = *CellAt(cell);
        if (old != 0)
        {
            byte* head = shard.Arena.At(old, HeadBytes);
            DataExtent oldExtent = new(*(ulong*)(head + 16), *(uint*)(head + 24));
            if (oldExtent.Blocks > 0)
            {
                shard.DataSpace.Free(shard.Transaction, oldExtent);
            }

            shard.Transaction.Free(old, HeadBytes + *(int*)(head + 28));
        }

        int length = LengthOf(sequence, cell);
        ulong record = shard.Transaction.Allocate(HeadBytes + length);
        Assert.NotEqual(0UL, record);
        byte* target = shard.Arena.At(record, HeadBytes + length);
        *(long*)target = sequence;
        *(int*)(target + 8) = cell;
        *(int*)(target + 12) = nonce;
        *(ulong*)(target + 16) = extent.Block;
        *(uint*)(target + 24) = extent.Blocks;
        *(int*)(target + 28) = length;
        var bytes = new Span<byte>(target + HeadBytes, length);
        Fill(bytes, sequence, cell);
        *(uint*)(target + 32) = Crc32C.Compute(bytes);
        if (extent.Blocks > 0)
        {
            shard.DataSpace.Publish(shard.Transaction, extent);
        }

        *shard.Transaction.Modify<ulong>(shard.Arena.Root(TableRoot) + ((ulong)cell * sizeof(ulong))) = record;
    }

    private unsafe string? CheckCell(int cell, int sequence, out DataExtent extent, out int nonce)
    {
        extent = default;
        nonce = 0;
        ulong record = *CellAt(cell);
        if ((record == 0) != (sequence == 0))
        {
            return $"half: cell {cell} should hold sequence {sequence}";
        }

        if (record == 0)
        {
            return null;
        }

        byte* head = shard.Arena.At(record, HeadBytes);
        int length = *(int*)(head + 28);
        extent = new DataExtent(*(ulong*)(head + 16), *(uint*)(head + 24));
        nonce = *(int*)(head + 12);
        if (*(long*)head != sequence || *(int*)(head + 8) != cell || length != LengthOf(sequence, cell))
        {
            return $"half: cell {cell} holds sequence {*(long*)head} of cell {*(int*)(head + 8)}, should hold {sequence}";
        }

        var bytes = new Span<byte>(shard.Arena.At(record + HeadBytes, length), length);
        Span<byte> expected = new byte[length];
        Fill(expected, sequence, cell);
        return bytes.SequenceEqual(expected) && Crc32C.Compute(bytes) == *(uint*)(head + 32)
            ? null
            : $"half: the bytes of cell {cell} are wrong";
    }

    private async ValueTask<string?> CheckDataAsync(DataExtent extent, int nonce)
    {
        OwnedBuffer buffer = await shard.Buffers.RentAsync();
        int length = (int)extent.LengthBytes;
        DerCode code = await shard.ReadDataAsync(Address(buffer), length, extent.OffsetBytes);
        bool same = code.IsSuccess && IsData(buffer, extent, nonce);
        shard.Buffers.Return(buffer);
        return same ? null : $"half: the data extent {extent} is wrong ({code})";
    }

    private static bool IsData(OwnedBuffer buffer, DataExtent extent, int nonce)
    {
        Span<byte> expected = new byte[extent.LengthBytes];
        Fill(expected, nonce, (int)extent.Block);
        return buffer.GetSpan()[..(int)extent.LengthBytes].SequenceEqual(expected);
    }
}
