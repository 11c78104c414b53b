using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>OBJ_RECX_ENUMERATE: the extents of one akey. Owned by the target's xstream.</summary>
internal sealed class RecxEnumerateHandler(ObjectService service) : EnumerateHandler(service)
{
    protected override bool HasKeys(in ObjectKeyRequest message) => message.DkeyBytes > 0 && message.AkeyCount == 1;

    protected override unsafe DerCode List(
        StoreShard store,
        in ObjectKeyRequest message,
        in StoreTarget target,
        in ListRequest request,
        Span<byte> packed,
        out ListAnchor next,
        out ListResult result)
    {
        ObjectKeyRequest.Enumerator akeys = message.GetEnumerator();
        akeys.MoveNext();
        var akey = new KeyBytes(akeys.Current.Address, akeys.Current.LengthBytes);
        return store.ListExtents(in target, akey, in request, packed, out next, out result);
    }
}
