using Daos.Fabric.Core.Native;

namespace Daos.Fabric.Core.Buffers;

/// <summary>
/// Page-aligned zeroed memory outside the garbage collector's heap. Whoever made it frees it, after the kernel or a device has
/// finished with it. Any thread may read the address.
/// </summary>
public sealed unsafe class NativeSlab : IDisposable
{
    /// <summary>The alignment of every slab, in bytes.</summary>
    public const int PageBytes = 4096;

    private const int HugePageBytes = 2 << 20;

    private byte* _allocation;
    private byte* _address;

    /// <summary>Reserves zeroed memory; pages are backed when first touched.</summary>
    /// <param name="lengthBytes">Size; rounded up to whole pages.</param>
    /// <param name="preferHugePages">
    /// Ask for large pages where the system has them. A transfer of 1 MiB from memory in one piece is one request to a device; from
    /// scattered pages it can exceed the device's limit of segments and be split (254 on virtio), and fewer fit into its queue.
    /// </param>
    public NativeSlab(long lengthBytes, bool preferHugePages = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthBytes);
        LengthBytes = (lengthBytes + PageBytes - 1) / PageBytes * PageBytes;
        var align = (nuint)(preferHugePages ? HugePageBytes : PageBytes);

        // A large zeroed allocation is fresh pages of the system, which cost nothing until touched; clearing would touch them all.
        _allocation = (byte*)NativeMemory.AllocZeroed((nuint)LengthBytes + align);
        _address = (byte*)(((nuint)_allocation + align - 1) / align * align);
        if (preferHugePages && LibCMman.IsAvailable)
        {
            _ = LibCMman.madvise(_address, (nuint)LengthBytes, LibCMman.MADV_HUGEPAGE);
        }
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

    /// <summary>
    /// Raised once, before the memory is freed, on the thread that frees it: whoever made a device know the memory makes it forget.
    /// </summary>
    public event Action<NativeSlab>? Freeing;

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        if (_allocation is not null)
        {
            Freeing?.Invoke(this);
        }

        NativeMemory.Free(_allocation);
        _allocation = null;
        _address = null;
    }
}
