using Daos.Fabric.Reactor.Native;

namespace Daos.Fabric.Reactor.Posix;

/// <summary>Copies between this process and another of this machine by one system call, where the kernel lets us. Any thread.</summary>
[SupportedOSPlatform("linux")]
public static unsafe class ProcessMemory
{
    /// <summary>Copies all of it, or false when the kernel refuses or the other's memory is not there: part of it may have been copied.</summary>
    public static bool TryCopy(int process, bool read, byte* local, byte* remote, int lengthBytes)
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

    /// <summary>True when the other's memory can be reached: the number that it named stands there.</summary>
    public static bool CanReach(int process, ulong address, ulong expected)
    {
        ulong found;
        return process > 0 && address != 0 && TryCopy(process, read: true, (byte*)&found, (byte*)address, sizeof(ulong)) && found == expected;
    }
}
