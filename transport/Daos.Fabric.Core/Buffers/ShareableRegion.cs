using Daos.Fabric.Core.Native;

namespace Daos.Fabric.Core.Buffers;

/// <summary>
/// Zeroed memory that another process may map by its descriptor: a memfd whose size is sealed. Pages are backed when first touched, so a
/// region may be much larger than what is used of it. Whoever made it frees it. Any thread may read its properties.
/// </summary>
public sealed unsafe class ShareableRegion : IDisposable
{
    private byte* _address;
    private int _descriptor;

    private ShareableRegion(byte* address, long lengthBytes, int descriptor)
    {
        _address = address;
        LengthBytes = lengthBytes;
        _descriptor = descriptor;
    }

    /// <summary>The first byte, aligned to a page; fixed until disposal.</summary>
    public byte* Address => _address;

    /// <summary>Size in bytes, a multiple of a page.</summary>
    public long LengthBytes { get; }

    /// <summary>The memfd; borrowed until disposal.</summary>
    public int Descriptor => _descriptor;

    /// <summary>A region, or null where the system has no such memory.</summary>
    /// <param name="lengthBytes">Size; rounded up to whole pages.</param>
    public static ShareableRegion? TryCreate(long lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lengthBytes);
        if (!LibCMman.IsAvailable)
        {
            return null;
        }

        long rounded = (lengthBytes + NativeSlab.PageBytes - 1) / NativeSlab.PageBytes * NativeSlab.PageBytes;
        int descriptor;
        fixed (byte* name = "daos-region\0"u8)
        {
            descriptor = LibCMman.memfd_create(name, LibCMman.MFD_CLOEXEC | LibCMman.MFD_ALLOW_SEALING);
        }

        if (descriptor < 0)
        {
            return null;
        }

        byte* address = Map(descriptor, rounded);
        if (address is null)
        {
            _ = LibCMman.close(descriptor);
            return null;
        }

        return new ShareableRegion(address, rounded, descriptor);
    }

    /// <summary>True when the range lies in the region.</summary>
    public bool Contains(byte* address, long lengthBytes) =>
        address >= _address && lengthBytes >= 0 && lengthBytes <= LengthBytes && address - _address <= LengthBytes - lengthBytes;

    /// <summary>Gives the pages of a range back to the system; the range reads as zeros afterwards. Whole pages only.</summary>
    public void Discard(long offsetBytes, long lengthBytes) =>
        _ = LibCMman.madvise(_address + offsetBytes, (nuint)lengthBytes, LibCMman.MADV_REMOVE);

    /// <summary>Unmaps the memory here; a peer that mapped it keeps its own view until it unmaps it too. A
    /// second call does nothing; any thread.</summary>
    public void Dispose()
    {
        int descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0)
        {
            _ = LibCMman.munmap(_address, (nuint)LengthBytes);
            _ = LibCMman.close(descriptor);
            _address = null;
        }
    }

    // The seals promise peers that touching what they mapped never fails.
    private static byte* Map(int descriptor, long lengthBytes)
    {
        int seals = LibCMman.F_SEAL_SHRINK | LibCMman.F_SEAL_GROW | LibCMman.F_SEAL_SEAL;
        if (LibCMman.ftruncate(descriptor, lengthBytes) != 0 || LibCMman.fcntl(descriptor, LibCMman.F_ADD_SEALS, seals) != 0)
        {
            return null;
        }

        int flags = LibCMman.MAP_SHARED | LibCMman.MAP_NORESERVE;
        void* address = LibCMman.mmap(null, (nuint)lengthBytes, LibCMman.PROT_READ | LibCMman.PROT_WRITE, flags, descriptor, 0);
        return (nint)address == -1 ? null : (byte*)address;
    }
}
