using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Memory;

/// <summary>Local memory as the provider wants it named for one transfer; the default value where it wants nothing.</summary>
internal readonly unsafe struct LocalRegistration(fid_mr* region, CachedSlab? slab)
{
    /// <summary>What calls take beside the address.</summary>
    internal void* Descriptor => Region == null ? null : Region->mem_desc;

    /// <summary>The region, or null.</summary>
    internal fid_mr* Region { get; } = region;

    /// <summary>The slab whose region it is; null when the region is the transfer's own.</summary>
    internal CachedSlab? Slab { get; } = slab;
}
