using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store.Listing;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>OBJ_AKEY_ENUMERATE: the akeys of one dkey. Owned by the target's xstream.</summary>
internal sealed class AkeyEnumerateHandler(ObjectService service) : EnumerateHandler(service)
{
    protected override bool HasKeys(in ObjectKeyRequest message) => message.DkeyBytes > 0 && message.AkeyCount == 0;

    protected override DerCode List(
        StoreShard store,
        in ObjectKeyRequest message,
        in StoreTarget target,
        in ListRequest request,
        Span<byte> packed,
        out ListAnchor next,
        out ListResult result) =>
        store.ListAkeys(in target, in request, packed, out next, out result);
}
