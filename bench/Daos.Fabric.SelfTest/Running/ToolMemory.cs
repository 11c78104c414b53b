using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.SelfTest.Running;

/// <summary>The memory of one run, made known to every kind of wire that can share it. Owned by the main thread.</summary>
internal sealed unsafe class ToolMemory : IDisposable
{
    private readonly TransportProvider[] _providers;
    private readonly ShareableRegion? _region;
    private readonly NativeSlab? _slab;

    internal ToolMemory(TransportProvider[] providers, ShareableRegion? region, NativeSlab? slab)
    {
        _providers = providers;
        _region = region;
        _slab = slab;
        if (region is not null)
        {
            Array.ForEach(providers, p => p.Share(region));
        }
    }

    internal byte* Address => _region is null ? _slab!.Address : _region.Address;

    public void Dispose()
    {
        _slab?.Dispose();
        if (_region is not null)
        {
            Array.ForEach(_providers, p => p.Unshare(_region));
            _region.Dispose();
        }
    }
}
