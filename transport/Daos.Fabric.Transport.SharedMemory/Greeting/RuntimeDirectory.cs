using Daos.Fabric.Reactor.Errors;
using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory.Greeting;

/// <summary>Turns names into sockets in a directory that only its owner may enter. Start-up and connecting; any thread.</summary>
internal static unsafe class RuntimeDirectory
{
    private const uint OwnerOnly = 0x1C0;
    private const uint SocketMode = 0x180;

    /// <summary>The directory that the options and the environment name.</summary>
    internal static string Resolve(SharedMemoryOptions options)
    {
        if (options.Directory is { Length: > 0 } given)
        {
            return given;
        }

        string? variable = Environment.GetEnvironmentVariable("DAOS_SHM_DIR");
        if (!string.IsNullOrEmpty(variable))
        {
            return variable;
        }

        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return string.IsNullOrEmpty(runtime) ? $"/tmp/daos-fabric-{Unistd.geteuid()}" : $"{runtime}/daos-fabric";
    }

    /// <summary>The socket of a name. DER_INVAL for a name that is empty, too long, or has other characters than letters, digits, "._-".</summary>
    internal static DerResult<string> PathOf(string directory, string name)
    {
        bool valid = name.Length is > 0 and <= Limits.NameLengthMax && name[0] != '.';
        foreach (char c in name)
        {
            valid &= char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-';
        }

        return valid ? $"{directory}/{name}" : DerCode.Invalid;
    }

    /// <summary>Makes the directory. DER_NO_PERM when it is somebody else's, no directory, or open to others; DER_NONEXIST without its parent.</summary>
    internal static DerCode Prepare(string directory)
    {
        if (Stat.mkdir(directory, OwnerOnly) < 0 && Marshal.GetLastPInvokeError() is int errno and not Errno.Exists)
        {
            return ErrnoMap.ToDerCode(errno);
        }

        byte* status = stackalloc byte[Stat.StatxBytes];
        if (Stat.statx(Stat.AT_FDCWD, directory, Stat.AT_SYMLINK_NOFOLLOW, Stat.STATX_BASIC, status) < 0)
        {
            return ErrnoMap.ToDerCode(Marshal.GetLastPInvokeError());
        }

        ushort mode = *(ushort*)(status + Stat.ModeOffset);
        bool isOurs = *(uint*)(status + Stat.UidOffset) == Unistd.geteuid();
        return isOurs && (mode & Stat.S_IFMT) == Stat.S_IFDIR && (mode & Stat.OthersMask) == 0 ? DerCode.Success : DerCode.NoPerm;
    }

    /// <summary>Nobody else may connect, whatever the umask was.</summary>
    internal static void Restrict(string path) => _ = Stat.chmod(path, SocketMode);

    /// <summary>Removes the name; the socket may go on until its connections end.</summary>
    internal static void Remove(string path) => _ = Unistd.unlink(path);
}
