using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>
/// A second look at the memory that a shm endpoint shares, for its lock: libfabric takes it for every command and never asks whether its
/// holder still lives. Used under the guard's lock.
/// </summary>
internal sealed unsafe class ShmRegionView : IDisposable
{
    private const int MappedBytes = 4096;

    private static readonly int s_unlocked = Unlocked();

    private readonly SmrRegion* _region;
    private readonly int _processId;
    private int _lastSeen;
    private int _timesSeen;

    private ShmRegionView(SmrRegion* region, int processId)
    {
        _region = region;
        _processId = processId;
    }

    /// <summary>
    /// The process that an endpoint's memory names as its own; 0 when there is no such memory, or not of the form that we know.
    /// </summary>
    internal static int OwnerOf(ReadOnlySpan<byte> address)
    {
        SmrRegion* region = Map(address);
        if (region == null)
        {
            return 0;
        }

        int processId = region->pid;
        _ = Posix.munmap(region, MappedBytes);
        return processId;
    }

    /// <summary>The view of an endpoint's memory by its address; null when it is not of the form that we know.</summary>
    /// <param name="address">What libfabric calls the endpoint: <c>fi_ns://name</c>.</param>
    /// <param name="processId">Whose it is.</param>
    internal static ShmRegionView? TryOpen(ReadOnlySpan<byte> address, int processId)
    {
        SmrRegion* region = Map(address);
        if (region == null || region->pid == processId)
        {
            return region == null ? null : new ShmRegionView(region, processId);
        }

        _ = Posix.munmap(region, MappedBytes);
        return null;
    }

    /// <summary>True when the endpoint copies from and to its peers' memory directly, which is known from the first peer on.</summary>
    internal bool CopiesDirectly => Volatile.Read(ref _region->cma_cap_peer) == 1;

    /// <summary>
    /// True when the lock was held at each of so many looks and nobody did anything to it in between: whoever waits for it changes it once,
    /// whoever takes it or gives it back changes it too.
    /// </summary>
    internal bool IsUntouched => _timesSeen >= Limits.GuardLooks;

    /// <summary>Looks at the lock once more.</summary>
    internal void Look()
    {
        int value = Volatile.Read(ref _region->@lock);
        _timesSeen = value == s_unlocked || value != _lastSeen ? 0 : _timesSeen + 1;
        _lastSeen = value;
    }

    /// <summary>Gives the lock back in place of a process that ended while it held it.</summary>
    internal void Unlock()
    {
        _timesSeen = 0;

        // A name whose process ended may be another's by now.
        if (_region->pid == _processId)
        {
            _ = Posix.pthread_spin_unlock(&_region->@lock);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Posix.munmap(_region, MappedBytes);

    // Null when there is no such memory, or not of the form that we know.
    private static SmrRegion* Map(ReadOnlySpan<byte> address)
    {
        if (ShmEndpoints.NameOf(address) is not { } name)
        {
            return null;
        }

        int file;
        fixed (byte* path = OfiAddress.CString($"/dev/shm/{name}"))
        {
            file = Posix.open(path, Posix.O_RDWR | Posix.O_CLOEXEC);
        }

        if (file < 0)
        {
            return null;
        }

        long bytes = Posix.lseek(file, 0, Posix.SEEK_END);
        void* mapped = bytes < MappedBytes
            ? (void*)-1
            : Posix.mmap(null, MappedBytes, Posix.PROT_READ | Posix.PROT_WRITE, Posix.MAP_SHARED, file, 0);
        _ = Posix.close(file);
        if ((nint)mapped == -1)
        {
            return null;
        }

        var region = (SmrRegion*)mapped;
        if (region->version == SmrRegion.KnownVersion && region->total_size == (ulong)bytes)
        {
            return region;
        }

        _ = Posix.munmap(mapped, MappedBytes);
        return null;
    }

    private static int Unlocked()
    {
        int value = 0;
        _ = Posix.pthread_spin_init(&value, Posix.PTHREAD_PROCESS_SHARED);
        return value;
    }
}
