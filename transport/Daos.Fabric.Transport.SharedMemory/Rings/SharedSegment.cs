using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory.Rings;

/// <summary>
/// Memory mapped from a descriptor that another process has, too. The system keeps it until the last of both unmapped it, so that a killed
/// process leaves nothing behind. Owned by one owner thread.
/// </summary>
internal sealed unsafe class SharedSegment : IDisposable
{
    private SharedSegment(byte* address, long lengthBytes)
    {
        Address = address;
        LengthBytes = lengthBytes;
    }

    /// <summary>The first byte; null once disposed.</summary>
    internal byte* Address { get; private set; }

    /// <summary>Size in bytes.</summary>
    internal long LengthBytes { get; }

    /// <summary>Makes a zeroed segment of a fixed size. The descriptor is the caller's, to send and to close. DER_NOMEM.</summary>
    internal static DerResult<SharedSegment> Create(long lengthBytes, out int descriptor)
    {
        fixed (byte* name = "daos-rings\0"u8)
        {
            descriptor = Mman.memfd_create(name, Mman.MFD_CLOEXEC | Mman.MFD_ALLOW_SEALING);
        }

        if (descriptor < 0)
        {
            return DerCode.NoMemory;
        }

        int seals = Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_SEAL;
        bool made = Unistd.ftruncate(descriptor, lengthBytes) == 0 && Fcntl.fcntl(descriptor, Fcntl.F_ADD_SEALS, seals) >= 0;
        DerResult<SharedSegment> segment = made ? Map(descriptor, lengthBytes) : DerCode.NoMemory;
        if (!segment.IsSuccess)
        {
            _ = Unistd.close(descriptor);
            descriptor = -1;
        }

        return segment;
    }

    /// <summary>
    /// Maps what a peer sent. DER_PROTO when it is smaller than the peer says or could still shrink, which would end this process when it
    /// touches it; DER_NOMEM.
    /// </summary>
    internal static DerResult<SharedSegment> Open(int descriptor, long lengthBytes)
    {
        int seals = Fcntl.fcntl(descriptor, Fcntl.F_GET_SEALS, 0);
        bool isFixed = seals >= 0 && (seals & Fcntl.F_SEAL_SHRINK) != 0;
        return lengthBytes > 0 && isFixed && Unistd.lseek(descriptor, 0, Unistd.SEEK_END) >= lengthBytes
            ? Map(descriptor, lengthBytes)
            : DerCode.Protocol;
    }

    public void Dispose()
    {
        if (Address is not null)
        {
            _ = Mman.munmap(Address, (nuint)LengthBytes);
            Address = null;
        }
    }

    private static DerResult<SharedSegment> Map(int descriptor, long lengthBytes)
    {
        int protection = Mman.PROT_READ | Mman.PROT_WRITE;
        void* address = Mman.mmap(null, (nuint)lengthBytes, protection, Mman.MAP_SHARED | Mman.MAP_NORESERVE, descriptor, 0);
        return address == Mman.MAP_FAILED ? DerCode.NoMemory : new SharedSegment((byte*)address, lengthBytes);
    }
}
