using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Checking;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Counts what the arena of a shard holds, and checks its structure on the way.</summary>
internal sealed class Census : IStoreVisitor
{
    private bool _isArray;

    internal int Objects { get; private set; }

    internal int Dkeys { get; private set; }

    internal int Akeys { get; private set; }

    internal int Versions { get; private set; }

    internal long OlderEvents { get; private set; }

    internal List<StoredValue> Extents { get; } = [];

    internal void Take(StoreShard shard)
    {
        var report = new CheckReport();
        var allocations = new AllocationMap(shard.Arena, report);
        var blocks = new BlockMap(shard.Arena, allocations, report);
        var walker = new StoreWalker(shard.Arena, allocations, blocks, report, this);
        allocations.Build();
        Assert.True(blocks.Build(shard.DataSpace.TotalBytes));
        walker.Run();
        allocations.FindLeaks();
        blocks.FindLeaks();
        Assert.Empty(report.Findings);
    }

    public void Transaction(in StoredTransaction transaction)
    {
    }

    public void Container(ContainerId id, bool isDestroyed, Epoch aggregated)
    {
    }

    public void Snapshot(Epoch epoch)
    {
    }

    public void Object(ObjectId id, StoredEvent newest)
    {
        Objects++;
        OlderEvents += newest.OlderCount;
    }

    public void Dkey(ReadOnlySpan<byte> key, StoredEvent newest)
    {
        Dkeys++;
        OlderEvents += newest.OlderCount;
    }

    public void Akey(ReadOnlySpan<byte> key, bool isArray, uint recordBytes, StoredEvent newest)
    {
        Akeys++;
        _isArray = isArray;
        OlderEvents += newest.OlderCount;
    }

    public void Value(in StoredValue value)
    {
        if (_isArray)
        {
            Extents.Add(value);
        }
        else
        {
            Versions++;
        }
    }
}
