using Daos.Fabric.Core.Randomness;
using Daos.Fabric.Transport.Ofi.Endpoints;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Memory;

/// <summary>Memory regions of one endpoint's domain. Owned by its endpoint's owner thread.</summary>
/// <param name="objects">Where regions are made.</param>
/// <param name="random">Draws keys where the provider lets us choose them.</param>
/// <param name="faults">Faults of this node, or null.</param>
/// <param name="registersLocal">Local memory is registered even where the provider does not ask for it.</param>
internal sealed unsafe class EndpointMemory(FabricObjects objects, SeededRandom random, FaultRegistry? faults, bool registersLocal)
{
    /// <summary>Regions that are open.</summary>
    internal int RegionsOpen { get; private set; }

    /// <summary>Registered memory is named by its address rather than by an offset.</summary>
    internal bool UsesVirtualAddresses => HasMode(FiFabric.FI_MR_VIRT_ADDR);

    /// <summary>Local memory must be registered.</summary>
    internal bool WantsLocalRegistration => registersLocal || HasMode(FiFabric.FI_MR_LOCAL);

    /// <summary>Registers memory: null with a negative FI_E code when it cannot be.</summary>
    internal fid_mr* Register(byte* address, long lengthBytes, ulong access, out int result)
    {
        if (FaultRegistry.Fires(faults, FaultPoint.FabricMemoryRefused))
        {
            result = -FiErrno.FI_ENOMEM;
            return null;
        }

        fid_domain* domain = objects.Domain;
        fid_mr* region = null;
        int size = (int)Math.Min(objects.Info->domain_attr->mr_key_size, sizeof(ulong));
        ulong mask = size == 0 ? uint.MaxValue : ulong.MaxValue >> (64 - (8 * size));
        do
        {
            ulong key = HasMode(FiFabric.FI_MR_PROV_KEY) ? 0 : random.NextUInt64() & mask;
            result = domain->mr->reg(&domain->fid, address, (nuint)lengthBytes, access, 0, key, 0, &region, null);
        }
        while (result == -FiErrno.FI_ENOKEY);

        if (result != 0)
        {
            return null;
        }

        if (HasMode(FiFabric.FI_MR_ENDPOINT))
        {
            result = region->fid.ops->bind(&region->fid, &objects.Endpoint->fid, 0);
            result = result == 0 ? region->fid.ops->control(&region->fid, FiFabric.FI_ENABLE, null) : result;
            if (result != 0)
            {
                _ = region->fid.ops->close(&region->fid);
                return null;
            }
        }

        RegionsOpen++;
        return region;
    }

    /// <summary>Takes a registration back.</summary>
    internal void Deregister(fid_mr* region)
    {
        RegionsOpen--;
        int result = region->fid.ops->close(&region->fid);
        Invariant.Check(result == 0);
    }

    private bool HasMode(int mode) => (objects.Info->domain_attr->mr_mode & mode) != 0;
}
