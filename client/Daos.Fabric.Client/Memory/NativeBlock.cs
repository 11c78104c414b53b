using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Client.Memory;

/// <summary>One page-aligned block of native memory of a <see cref="NativeBlockPool"/>. One owner at a time.</summary>
internal sealed unsafe class NativeBlock : IDisposable
{
    private readonly NativeBlockPool _pool;
    private readonly NativeSlab? _slab;

    /// <param name="pool">Where it returns to.</param>
    /// <param name="sizeClass">The pool's number of the size.</param>
    /// <param name="lengthBytes">Size.</param>
    /// <param name="regionAddress">Its place in the pool's region; null takes memory of its own.</param>
    internal NativeBlock(NativeBlockPool pool, int sizeClass, int lengthBytes, byte* regionAddress)
    {
        _pool = pool;
        SizeClass = sizeClass;
        LengthBytes = lengthBytes;
        _slab = regionAddress is null ? new NativeSlab(lengthBytes) : null;
        Address = regionAddress is null ? _slab!.Address : regionAddress;
    }

    internal byte* Address { get; }

    /// <summary>True when the memory is the region's, for later blocks to use again.</summary>
    internal bool IsInRegion => _slab is null;

    internal int LengthBytes { get; }

    internal int SizeClass { get; }

    internal void Return() => _pool.Return(this);

    /// <summary>Frees memory of its own; the pool's business.</summary>
    public void Dispose() => _slab?.Dispose();
}
