using Daos.Fabric.Reactor.Simulated;
using Daos.Fabric.Store.Checkpoint;
using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Journal;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>Finds the bytes of a store on a simulated disk that recovery and reads depend on, from the layout alone.</summary>
internal sealed unsafe class LiveRegions
{
    private const string Meta = "/store/meta";
    private const string Log = "/store/log";
    private const string Data = "/store/data";

    private readonly SimulatedDisk _disk;
    private readonly List<LiveRegion> _regions = [];
    private readonly SuperblockDf _superblock;

    private LiveRegions(SimulatedDisk disk)
    {
        _disk = disk;
        _superblock = Read<SuperblockDf>(Meta, 0);
    }

    /// <param name="disk">Nothing is open on it.</param>
    /// <param name="freeMapPages">Pages of the arena that hold the bitmap of the data file.</param>
    /// <param name="values">Values in the data file, to be found by their first bytes.</param>
    internal static IReadOnlyList<LiveRegion> Of(SimulatedDisk disk, IReadOnlySet<long> freeMapPages, IEnumerable<byte[]> values)
    {
        var regions = new LiveRegions(disk);
        regions.Add(LiveKind.Superblock, Meta, 0, SuperblockDf.SizeBytes);
        regions.Add(LiveKind.Superblock, Meta, SuperblockDf.CopyDistanceBytes, SuperblockDf.SizeBytes);
        regions.Add(LiveKind.Header, Log, 0, FileHeaderDf.SizeBytes);
        regions.Add(LiveKind.Header, Data, 0, FileHeaderDf.SizeBytes);
        ulong start = regions.AddCheckpoint(freeMapPages);
        regions.AddLog(start);
        foreach (byte[] value in values)
        {
            regions.AddData(value);
        }

        return regions._regions;
    }

    private T Read<T>(string path, long offset)
        where T : unmanaged
    {
        var bytes = new byte[sizeof(T)];
        _disk.Peek(path, offset, bytes);
        return MemoryMarshal.Read<T>(bytes);
    }

    private void Add(LiveKind kind, string path, long offset, int length) => _regions.Add(new LiveRegion(kind, path, offset, length));

    private ulong AddCheckpoint(IReadOnlySet<long> freeMapPages)
    {
        long rootAreaBytes = (long)_superblock.RootAreaBytes;
        CheckpointRootDf[] roots = Enumerable.Range(0, 2).Select(i => Read<CheckpointRootDf>(Meta, MetaGeometry.RootOffset(i, rootAreaBytes))).ToArray();
        int area = roots[0].Sequence > roots[1].Sequence ? 0 : 1;
        long rootOffset = MetaGeometry.RootOffset(area, rootAreaBytes);
        Add(LiveKind.Root, Meta, rootOffset, CheckpointRootDf.SizeBytes + ((int)roots[area].MapPages * PageEntryDf.SizeBytes));
        for (int i = 0; i < roots[area].MapPages; i++)
        {
            PageEntryDf map = Read<PageEntryDf>(Meta, rootOffset + CheckpointRootDf.SizeBytes + (i * PageEntryDf.SizeBytes));
            long mapOffset = MetaGeometry.SlotOffset(map.Slot, rootAreaBytes);
            Add(LiveKind.MapPage, Meta, mapOffset, DirtyPages.PageBytes);
            for (int j = 0; j < PageEntryDf.PerMapPage; j++)
            {
                PageEntryDf page = Read<PageEntryDf>(Meta, mapOffset + (j * PageEntryDf.SizeBytes));
                if (page.Slot != 0)
                {
                    bool isFreeMap = freeMapPages.Contains(((long)i * PageEntryDf.PerMapPage) + j);
                    Add(isFreeMap ? LiveKind.FreeMap : LiveKind.Page, Meta, MetaGeometry.SlotOffset(page.Slot, rootAreaBytes), DirtyPages.PageBytes);
                }
            }
        }

        return roots[area].LogStart;
    }

    // The newest block of all has no witness that it was ever stable: damage of it looks like a write that was cut.
    private void AddLog(ulong position)
    {
        var geometry = new LogGeometry((long)_superblock.LogRingBytes, (int)_superblock.LogBlockBytes, default);
        var blocks = new List<LiveRegion>();
        while (true)
        {
            LogBlockDf block = Read<LogBlockDf>(Log, geometry.OffsetOf(position));
            if (block.Magic != LogBlockDf.MagicValue || block.Position != position)
            {
                break;
            }

            blocks.Add(new LiveRegion(LiveKind.Log, Log, geometry.OffsetOf(position), LogBlockDf.SizeBytes + (int)block.PayloadBytes));
            position += block.BlockBytes;
        }

        _regions.AddRange(blocks.SkipLast(1));
    }

    private void AddData(byte[] value)
    {
        var head = new byte[64];
        for (long offset = 4096; offset < _disk.LengthOf(Data); offset += 4096)
        {
            _disk.Peek(Data, offset, head);
            if (head.AsSpan().SequenceEqual(value.AsSpan(0, 64)))
            {
                Add(LiveKind.Data, Data, offset, value.Length);
                return;
            }
        }

        Assert.Fail("a value is not in the data file");
    }
}
