using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Client.Memory;

/// <summary>One page-aligned block of native memory of a <see cref="NativeBlockPool"/>. One owner at a time.</summary>
internal sealed unsafe class NativeBlock(NativeBlockPool pool, int sizeClass, int lengthBytes) : IDisposable
{
    private readonly NativeSlab _slab = new(lengthBytes);

    internal byte* Address => _slab.Address;

    internal int LengthBytes => lengthBytes;

    internal int SizeClass => sizeClass;

    internal void Return() => pool.Return(this);

    /// <summary>Frees the memory; the pool's business.</summary>
    public void Dispose() => _slab.Dispose();
}
