using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Memory;

/// <summary>A slab and its local registration, if it has one now. Owned by one owner thread.</summary>
internal sealed unsafe class CachedSlab(NativeSlab slab)
{
    internal NativeSlab Slab { get; } = slab;

    internal byte* Address { get; } = slab.Address;

    internal long LengthBytes { get; } = slab.LengthBytes;

    /// <summary>The registration, or null.</summary>
    internal fid_mr* Region { get; set; }

    /// <summary>Transfers that use it now.</summary>
    internal int Users { get; set; }

    /// <summary>When it was used last, as a count of uses.</summary>
    internal long LastUse { get; set; }

    internal bool Contains(byte* address, long lengthBytes) => address >= Address && address + lengthBytes <= Address + LengthBytes;
}
