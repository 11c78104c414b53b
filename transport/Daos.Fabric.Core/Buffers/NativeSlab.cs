namespace Daos.Fabric.Core.Buffers;

/// <summary>
/// Page-aligned zeroed memory outside the garbage collector's heap. Whoever made it frees it, after the kernel or a device has
/// finished with it. Any thread may read the address.
/// </summary>
public sealed unsafe class NativeSlab : IDisposable
{
    /// <summary>The alignment of every slab, in bytes.</summary>
    public const int PageBytes = 4096;

    private byte* _allocation;
    private byte* _address;

    /// <summary>Reserves zeroed memory; pages are backed when first touched.</summary>
    public NativeSlab(long lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthBytes);
        LengthBytes = (lengthBytes + PageBytes - 1) / PageBytes * PageBytes;

        // A large zeroed allocation is fresh pages of the system, which cost nothing until touched; clearing would touch them all.
        _allocation = (byte*)NativeMemory.AllocZeroed((nuint)LengthBytes + PageBytes);
        _address = (byte*)(((nuint)_allocation + PageBytes - 1) / PageBytes * PageBytes);
    }

    /// <summary>The first byte.</summary>
    public byte* Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address is null, this);
            return _address;
        }
    }

    /// <summary>Size in bytes, a multiple of <see cref="PageBytes"/>.</summary>
    public long LengthBytes { get; }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_allocation);
        _allocation = null;
        _address = null;
    }
}
