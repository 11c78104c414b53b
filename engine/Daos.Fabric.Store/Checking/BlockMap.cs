using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Checking;

/// <summary>The blocks of the data file: what the bitmap says, against what extents of values claim. One owner thread.</summary>
internal sealed unsafe class BlockMap(Arena arena, AllocationMap allocations, CheckReport report)
{
    private bool[] _used = [];
    private bool[] _claimed = [];

    /// <summary>Reads the bitmap; false when there is none that makes sense.</summary>
    internal bool Build(long dataBytes)
    {
        ulong offset = arena.Header->DataSpace;
        DataSpaceDf* header = arena.At<DataSpaceDf>(offset);
        long blocks = dataBytes / DataExtent.BlockBytes;
        bool isSound = header->Version == DataSpaceDf.VersionValue
            && header->TotalBlocks <= (ulong)blocks
            && header->ChunkBytes is > 0 and <= SizeClasses.LargestBytes
            && (ulong)header->ChunkCount * header->ChunkBytes * 8 >= header->TotalBlocks;
        if (!isSound)
        {
            report.Damage("data space", $"its header says {header->TotalBlocks} blocks in {header->ChunkCount} chunks; the file has {blocks} blocks");
            return false;
        }

        allocations.Claim(offset, DataSpaceDf.SizeBytes + ((int)header->ChunkCount * sizeof(ulong)), "data space");
        // Fewer than the file has: its growth was interrupted, and goes on with the next.
        blocks = (long)header->TotalBlocks;
        _used = new bool[blocks];
        _claimed = new bool[blocks];
        for (uint i = 0; i < header->ChunkCount; i++)
        {
            ulong chunk = *arena.At<ulong>(offset + DataSpaceDf.SizeBytes + (i * sizeof(ulong)));
            allocations.Claim(chunk, (int)header->ChunkBytes, $"data space, chunk {i}");
            byte* bits = arena.At(chunk, header->ChunkBytes);
            long first = (long)i * header->ChunkBytes * 8;
            for (long block = first; block < Math.Min(blocks, first + ((long)header->ChunkBytes * 8)); block++)
            {
                _used[block] = (bits[(block - first) / 8] >> (int)(block % 8) & 1) != 0;
            }
        }

        if (!_used[0])
        {
            report.Damage("data space", "the block of the file's own header is free");
        }

        _claimed[0] = true;
        return true;
    }

    /// <summary>A value's data lies there, in one run or several; false when that cannot be.</summary>
    internal bool Claim(ReadOnlySpan<DataReferenceDf> runs, long bytes, string owner)
    {
        long left = bytes;
        foreach (ref readonly DataReferenceDf run in runs)
        {
            left -= run.Extent.LengthBytes;
            bool isLast = Unsafe.AreSame(in run, in runs[^1]);
            if (!Claim(run.Extent, isLast ? left > 0 : left <= 0, bytes, owner))
            {
                return false;
            }
        }

        if (runs.Length > 1)
        {
            report.Count("scattered values");
        }

        return true;
    }

    private bool Claim(DataExtent extent, bool hasWrongLength, long bytes, string owner)
    {
        if (extent.Block == 0 || extent.Blocks == 0 || extent.Block + extent.Blocks > (ulong)_used.Length || hasWrongLength)
        {
            report.Damage(owner, $"its data of {bytes} bytes in blocks {extent.Block}+{extent.Blocks} lies outside the data file of {_used.Length} blocks");
            return false;
        }

        for (ulong block = extent.Block; block < extent.Block + extent.Blocks; block++)
        {
            if (!_used[block] || _claimed[block])
            {
                report.Damage(owner, $"block {block} of its data is {(_used[block] ? "part of another value too" : "free in the bitmap")}");
                return false;
            }

            _claimed[block] = true;
        }

        report.Count("data extents");
        return true;
    }

    /// <summary>After the walk: blocks in use that no value has.</summary>
    internal void FindLeaks()
    {
        long leaked = 0;
        for (int i = 0; i < _used.Length; i++)
        {
            leaked += _used[i] && !_claimed[i] ? 1 : 0;
        }

        if (leaked > 0)
        {
            report.Warn("data space", $"{leaked} blocks of {DataExtent.BlockBytes} bytes are in use and no value refers to them");
        }
    }
}
