namespace Daos.Fabric.Transport.Ofi.Native;

/// <summary>
/// The few functions that libfabric exports; everything else goes through the tables of the objects they make. The versions asked for
/// are those whose structures are mirrored here, so that a newer library translates. Any thread; loaded once.
/// </summary>
internal sealed unsafe class LibFabric
{
    private const string LibraryName = "libfabric.so.1";

    // A site's own build, by name or path.
    private const string Variable = "DAOS_LIBFABRIC";

    private static readonly Lazy<(LibFabric? Library, string Reason)> s_loaded =
        new(static () => Load(Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } asked ? asked : LibraryName));

    private readonly delegate* unmanaged<uint, byte*, byte*, ulong, fi_info*, fi_info**, int> _getinfo;
    private readonly delegate* unmanaged<fi_info*, void> _freeinfo;
    private readonly delegate* unmanaged<fi_info*, fi_info*> _dupinfo;
    private readonly delegate* unmanaged<fi_fabric_attr*, fid_fabric**, void*, int> _fabric;
    private readonly delegate* unmanaged<int, byte*> _strerror;
    private readonly delegate* unmanaged<uint> _version;

    private LibFabric(nint library)
    {
        _getinfo = (delegate* unmanaged<uint, byte*, byte*, ulong, fi_info*, fi_info**, int>)Find(library, "fi_getinfo"u8, "FABRIC_1.3"u8);
        _freeinfo = (delegate* unmanaged<fi_info*, void>)Find(library, "fi_freeinfo"u8, "FABRIC_1.3"u8);
        _dupinfo = (delegate* unmanaged<fi_info*, fi_info*>)Find(library, "fi_dupinfo"u8, "FABRIC_1.3"u8);
        _fabric = (delegate* unmanaged<fi_fabric_attr*, fid_fabric**, void*, int>)Find(library, "fi_fabric"u8, "FABRIC_1.1"u8);
        _strerror = (delegate* unmanaged<int, byte*>)Find(library, "fi_strerror"u8, "FABRIC_1.0"u8);
        _version = (delegate* unmanaged<uint>)Find(library, "fi_version"u8, "FABRIC_1.0"u8);
    }

    /// <summary>Major and minor version of the library, such as 1.17.</summary>
    internal string Version => $"{_version() >> 16}.{_version() & 0xFFFF}";

    private bool IsComplete => _getinfo != null && _freeinfo != null && _dupinfo != null && _fabric != null && _strerror != null && _version != null;

    /// <summary>The library, or null with a sentence that says why not.</summary>
    internal static LibFabric? TryGet(out string reason)
    {
        (LibFabric? library, reason) = s_loaded.Value;
        return library;
    }

    /// <summary>0 and a list that <see cref="FreeInfo"/> frees, or a negative FI_E code: -FI_ENODATA when nothing fits.</summary>
    internal int GetInfo(byte* node, byte* service, ulong flags, fi_info* hints, fi_info** info) =>
        _getinfo(FiFabric.FI_VERSION_ASKED, node, service, flags, hints, info);

    /// <summary>Frees a list of infos with what it points to.</summary>
    internal void FreeInfo(fi_info* info) => _freeinfo(info);

    /// <summary>An empty info with its attributes, for hints; null when memory is short.</summary>
    internal fi_info* AllocateInfo() => _dupinfo(null);

    /// <summary>0 and an object that its close frees, or a negative FI_E code.</summary>
    internal int OpenFabric(fi_fabric_attr* attributes, fid_fabric** fabric) => _fabric(attributes, fabric, null);

    /// <summary>The library's text for a code.</summary>
    internal string Describe(int code) => Marshal.PtrToStringUTF8((nint)_strerror(Math.Abs(code))) ?? "";

    /// <summary>Loads a library of that name; null with a sentence when it is missing or not the one meant.</summary>
    internal static (LibFabric? Library, string Reason) Load(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "ofi needs libfabric, which is used on Linux only; tcp works everywhere");
        }

        if (!Posix.IsAvailable())
        {
            return (null, "ofi needs the C library, which this process may not use; tcp works without it");
        }

        if (!NativeLibrary.TryLoad(name, out nint handle))
        {
            return (null, $"ofi needs {name}, which is not installed here (Debian: apt-get install libfabric1); other transports work without it");
        }

        var library = new LibFabric(handle);
        if (!library.IsComplete)
        {
            return (null, $"{name} here lacks functions of libfabric 1.5 or later; ofi cannot be used, other transports work");
        }

        library.InitialiseProviders();
        return (library, "");
    }

    private static void* Find(nint library, ReadOnlySpan<byte> symbol, ReadOnlySpan<byte> version)
    {
        fixed (byte* name = symbol)
        fixed (byte* wanted = version)
        {
            return Posix.dlvsym(library, name, wanted);
        }
    }

    // The first query starts every provider, and shm then takes over four signals to remove its files. The runtime needs SIGSEGV for null
    // references and SIGTERM and SIGINT for orderly ends, so they are put back; a name left by a killed process is taken over by the next.
    private void InitialiseProviders()
    {
        ReadOnlySpan<int> signals = [Posix.SIGINT, Posix.SIGBUS, Posix.SIGSEGV, Posix.SIGTERM];
        byte* saved = stackalloc byte[signals.Length * Posix.SigactionBytes];
        for (int i = 0; i < signals.Length; i++)
        {
            _ = Posix.sigaction(signals[i], null, saved + (i * Posix.SigactionBytes));
        }

        fi_info* info = null;
        if (GetInfo(null, null, 0, null, &info) == 0)
        {
            FreeInfo(info);
        }

        for (int i = 0; i < signals.Length; i++)
        {
            _ = Posix.sigaction(signals[i], saved + (i * Posix.SigactionBytes), null);
        }
    }
}
