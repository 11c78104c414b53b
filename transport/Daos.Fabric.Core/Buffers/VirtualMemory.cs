using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Native;

namespace Daos.Fabric.Core.Buffers;

/// <summary>
/// A range of addresses that is reserved once and backed by zeroed pages step by step, so that it grows without moving. Touching an
/// address that is not committed ends the process. Owned by one owner thread, which disposes it.
/// </summary>
public sealed unsafe class VirtualMemory : IDisposable
{
    /// <summary>Commit steps are multiples of this, in bytes.</summary>
    public const int PageBytes = 4096;

    private byte* _address;

    private VirtualMemory(byte* address, ulong reservedBytes)
    {
        _address = address;
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
        int flags = LibCMman.MAP_PRIVATE | LibCMman.MAP_ANONYMOUS | LibCMman.MAP_NORESERVE;
        void* address = LibCMman.mmap(null, (nuint)rounded, LibCMman.PROT_NONE, flags, -1, 0);
        return (nint)address == -1 ? DerCode.NoMemory : new VirtualMemory((byte*)address, rounded);
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
        if (LibCMman.mprotect(start, length, LibCMman.PROT_READ | LibCMman.PROT_WRITE) != 0)
        {
            return DerCode.NoMemory;
        }

        CommittedBytes = wanted;
        return DerCode.Success;
    }

    /// <summary>Asks the system for large pages behind the whole range; a system that has none ignores it.</summary>
    public void PreferHugePages() => _ = LibCMman.madvise(_address, (nuint)ReservedBytes, LibCMman.MADV_HUGEPAGE);

    /// <summary>Gives the range back. No pointer into it may be used afterwards.</summary>
    public void Dispose()
    {
        if (_address is not null)
        {
            _ = LibCMman.munmap(_address, (nuint)ReservedBytes);
            _address = null;
            CommittedBytes = 0;
        }
    }
}
