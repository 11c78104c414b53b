using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>Copies between this process and another by one system call, where the kernel lets us. Any thread.</summary>
internal static unsafe class ProcessMemory
{
    /// <summary>What is said once where it does not.</summary>
    internal const string Refused =
        "shm: the kernel does not let this process reach its peer's memory (Yama's ptrace_scope, another namespace): "
        + "memory outside of shared regions is copied through the ring, which takes two copies instead of one";

    /// <summary>Copies all of it, or false when the kernel refuses or the peer's memory is not there.</summary>
    internal static bool TryCopy(int process, bool read, byte* local, byte* remote, int lengthBytes)
    {
        int done = 0;
        while (done < lengthBytes)
        {
            var here = new IoVector(local + done, (nuint)(lengthBytes - done));
            var there = new IoVector(remote + done, (nuint)(lengthBytes - done));
            nint moved = read
                ? Uio.process_vm_readv(process, &here, 1, &there, 1, 0)
                : Uio.process_vm_writev(process, &here, 1, &there, 1, 0);
            if (moved == 0 || (moved < 0 && Unistd.LastErrno != Errno.Interrupted))
            {
                return false;
            }

            done += (int)Math.Max(moved, 0);
        }

        return true;
    }

    /// <summary>True when the peer's memory can be reached: the number it named stands there.</summary>
    internal static bool CanReach(int process, ulong address, ulong expected)
    {
        ulong found;
        return process > 0 && address != 0 && TryCopy(process, read: true, (byte*)&found, (byte*)address, sizeof(ulong)) && found == expected;
    }
}
