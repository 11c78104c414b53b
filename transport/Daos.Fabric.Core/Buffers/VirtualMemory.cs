using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Native;

namespace Daos.Fabric.Core.Buffers;

/// <summary>
/// A range of addresses that is reserved once and backed by zeroed pages step by step, so that it grows without moving. Touching an
/// address that is not committed ends the process on Linux; elsewhere the whole range is ordinary zeroed memory, which systems back when it
/// is first touched (those that count promised memory count all of it). Owned by one owner thread, which disposes it.
/// </summary>
public sealed unsafe class VirtualMemory : IDisposable
{
    /// <summary>Commit steps are multiples of this, in bytes.</summary>
    public const int PageBytes = 4096;

    private const int HugePageBytes = 2 << 20;

    private readonly NativeSlab? _slab;
    private readonly nuint _mappedBytes;
    private byte* _mapping;
    private byte* _address;

    private VirtualMemory(byte* address, ulong reservedBytes, NativeSlab slab)
    {
        _address = address;
        _slab = slab;
        ReservedBytes = reservedBytes;
    }

    // Aligned to a large page, so that the first bytes can lie in one.
    private VirtualMemory(byte* mapping, nuint mappedBytes, ulong reservedBytes)
    {
        _mapping = mapping;
        _mappedBytes = mappedBytes;
        _address = (byte*)(((nuint)mapping + HugePageBytes - 1) / HugePageBytes * HugePageBytes);
        ReservedBytes = reservedBytes;
    }

    /// <summary>The first byte; fixed until disposal.</summary>
    public byte* Address => _address;

    /// <summary>Size of the reserved range in bytes.</summary>
    public ulong ReservedBytes { get; }

    /// <summary>Bytes from the start that may be touched.</summary>
    public ulong CommittedBytes { get; private set; }

    /// <summary>Reserves a range of addresses; nothing may be touched yet. DER_NOMEM when the address space or a limit forbids it.</summary>
    public static DerResult<VirtualMemory> Reserve(ulong bytes)
    {
        ulong rounded = (bytes + PageBytes - 1) / PageBytes * PageBytes;
        if (!LibCMman.IsAvailable)
        {
            return ReserveWithoutSystem(rounded);
        }

        int flags = LibCMman.MAP_PRIVATE | LibCMman.MAP_ANONYMOUS | LibCMman.MAP_NORESERVE;
        nuint mapped = (nuint)rounded + HugePageBytes;
        void* mapping = LibCMman.mmap(null, mapped, LibCMman.PROT_NONE, flags, -1, 0);
        return (nint)mapping == -1 ? DerCode.NoMemory : new VirtualMemory((byte*)mapping, mapped, rounded);
    }

    /// <summary>
    /// Backs the range up to a size, rounded up to pages; the new pages are zero. DER_NOMEM when the system has no memory, DER_OVERFLOW
    /// above the reservation; nothing changes then.
    /// </summary>
    public DerCode CommitTo(ulong bytes)
    {
        ulong wanted = (bytes + PageBytes - 1) / PageBytes * PageBytes;
        if (wanted <= CommittedBytes)
        {
            return DerCode.Success;
        }

        if (wanted > ReservedBytes)
        {
            return DerCode.Overflow;
        }

        byte* start = _address + CommittedBytes;
        nuint length = (nuint)(wanted - CommittedBytes);
        if (LibCMman.IsAvailable && LibCMman.mprotect(start, length, LibCMman.PROT_READ | LibCMman.PROT_WRITE) != 0)
        {
            return DerCode.NoMemory;
        }

        CommittedBytes = wanted;
        return DerCode.Success;
    }

    /// <summary>
    /// Gives the memory behind some committed pages back to the system; the pages stay committed, are zero, and take memory again when they
    /// are touched. False where the system cannot do that: then the bytes stay as they are.
    /// </summary>
    /// <param name="offsetBytes">Where, a multiple of <see cref="PageBytes"/>.</param>
    /// <param name="lengthBytes">How much, a multiple of <see cref="PageBytes"/>; all of it committed.</param>
    public bool TryRelease(ulong offsetBytes, ulong lengthBytes)
    {
        Invariant.Check(offsetBytes % PageBytes == 0 && lengthBytes % PageBytes == 0);
        Invariant.Check(lengthBytes <= CommittedBytes && offsetBytes <= CommittedBytes - lengthBytes);
        return _mapping is not null && LibCMman.madvise(_address + offsetBytes, (nuint)lengthBytes, LibCMman.MADV_DONTNEED) == 0;
    }

    /// <summary>
    /// Asks the system for large pages behind the whole range; a system that has none ignores it. A search in a large tree touches a page
    /// at every step, and with small ones each step misses the translation cache as well as the data cache.
    /// </summary>
    public void PreferHugePages() =>
        _ = LibCMman.IsAvailable ? LibCMman.madvise(_address, (nuint)ReservedBytes, LibCMman.MADV_HUGEPAGE) : 0;

    /// <summary>Gives the range back. No pointer into it may be used afterwards.</summary>
    public void Dispose()
    {
        if (_address is not null)
        {
            _slab?.Dispose();
            _ = _mapping is not null ? LibCMman.munmap(_mapping, _mappedBytes) : 0;
            _mapping = null;
            _address = null;
            CommittedBytes = 0;
        }
    }

    private static DerResult<VirtualMemory> ReserveWithoutSystem(ulong bytes)
    {
        try
        {
            var slab = new NativeSlab(checked((long)bytes));
            return new VirtualMemory(slab.Address, bytes, slab);
        }
        catch (Exception exception) when (exception is OutOfMemoryException or OverflowException)
        {
            return DerCode.NoMemory;
        }
    }
}
