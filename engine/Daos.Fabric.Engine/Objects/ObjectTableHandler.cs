using System.Runtime.InteropServices;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Listing;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// OBJ_TABLE: the objects of this target that existed at a snapshot (DAOS: OIT). A reply may bring none and not be the end, because a call looks
/// at a bounded number of objects. Owned by the target's xstream.
/// </summary>
internal sealed class ObjectTableHandler(ObjectService service) : EnumerateHandler(service)
{
    private const int ObjectsMax = 64;

    protected override bool HasKeys(in ObjectKeyRequest message) => message.DkeyBytes == 0 && message.AkeyCount == 0;

    protected override DerCode List(
        StoreShard store,
        in ObjectKeyRequest message,
        in StoreTarget target,
        in ListRequest request,
        Span<byte> packed,
        out ListAnchor next,
        out ListResult result)
    {
        int room = Math.Min(packed.Length / ObjectEntry.SizeBytes, request.CountMax == 0 ? ObjectsMax : request.CountMax);
        Span<ObjectId> found = stackalloc ObjectId[Math.Min(room, ObjectsMax)];
        DerCode code = store.ListSnapshotObjects(target.Container, target.Epoch, request.Anchor, found, out next, out result);
        Span<ObjectEntry> entries = MemoryMarshal.Cast<byte, ObjectEntry>(packed);
        for (int i = 0; code.IsSuccess && i < result.Count; i++)
        {
            entries[i] = new ObjectEntry(StoreShard.ObjectTableOrder(found[i]), found[i].Low, found[i].High);
        }

        result = result with { Bytes = code.IsSuccess ? result.Count * ObjectEntry.SizeBytes : 0 };
        return code;
    }
}
