using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Listing;

/// <summary>Ids of objects alone, for object tables.</summary>
internal sealed unsafe partial class StoreIterator
{
    private const int ObjectsPerCall = 64;

    /// <summary>Objects that exist at an epoch; see <see cref="StoreShard.ListSnapshotObjects"/>.</summary>
    public DerCode ListObjects(
        ContainerId container, Epoch epoch, in ListAnchor anchor, Span<ObjectId> found, out ListAnchor next, out ListResult result)
    {
        int wanted = Math.Min(found.Length, ObjectsPerCall);
        Span<byte> packed = stackalloc byte[wanted * IterationEntry.SizeBytes];
        var target = new ObjectTarget { Container = container };
        var request = new IterationRequest { Anchor = anchor, High = epoch, CountMax = wanted };
        DerCode code = Iterate(IterationLevel.Objects, in target, default, in request, packed, out next, out result);
        for (int i = 0; code.IsSuccess && i < result.Count; i++)
        {
            ref readonly IterationEntry entry = ref MemoryMarshal.AsRef<IterationEntry>(packed[(i * IterationEntry.SizeBytes)..]);
            found[i] = new ObjectId(entry.Count, entry.Index);
        }

        return code;
    }
}
