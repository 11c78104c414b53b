using System.Collections.Immutable;
using Daos.Fabric.Transport.SharedMemory.Native;

namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>
/// <c>shm://name</c>: processes of one user on one Linux machine (WIRE.md); the assembly is marked so. Messages go through rings in shared memory without a system
/// call while both sides poll; one-sided transfers are one copy between the processes' memory. Any thread.
/// </summary>
public sealed class SharedMemoryProvider : TransportProvider
{
    /// <summary>The scheme of its addresses.</summary>
    public const string Scheme = "shm";

    private static readonly string[] s_schemes = [Scheme];

    private readonly SharedMemoryOptions _options;
    private ImmutableArray<ShareableRegion> _regions = [];
    private int _toldNotice;

    /// <param name="options">Null for the defaults.</param>
    public SharedMemoryProvider(SharedMemoryOptions? options = null)
    {
        _options = options ?? new SharedMemoryOptions();
        Directory = RuntimeDirectory.Resolve(_options);
    }

    /// <summary>False where loading the system's C library is refused: the constructor fails there.</summary>
    public static bool IsAvailable => Unistd.IsAvailable;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Schemes => s_schemes;

    /// <summary>Where the names are.</summary>
    public string Directory { get; }

    /// <summary>True for a name: letters, digits, ".", "_" and "-", not beginning with ".", at most 64 characters.</summary>
    public static bool IsValidName(string name) => RuntimeDirectory.PathOf("", name).IsSuccess;

    internal SharedMemoryOptions Options => _options;

    /// <summary>The regions that peers may map now.</summary>
    internal ImmutableArray<ShareableRegion> Regions => _regions;

    /// <inheritdoc/>
    public override void Share(ShareableRegion region) => ImmutableInterlocked.Update(ref _regions, static (all, one) => all.Add(one), region);

    /// <inheritdoc/>
    public override void Unshare(ShareableRegion region) => ImmutableInterlocked.Update(ref _regions, static (all, one) => all.Remove(one), region);

    /// <inheritdoc/>
    public override TransportContext CreateContext(OwnerLoop loop, TransportOptions options, ITransportHandler handler) =>
        new SharedMemoryContext(this, loop, options, handler);

    /// <summary>The region that holds a range, or null.</summary>
    internal unsafe ShareableRegion? FindRegion(byte* address, long lengthBytes)
    {
        foreach (ShareableRegion region in _regions)
        {
            if (region.Contains(address, lengthBytes))
            {
                return region;
            }
        }

        return null;
    }

    /// <summary>Tells the first time only, whichever context it is.</summary>
    internal void NoticeOnce(Action<string>? notice, string sentence)
    {
        if (notice is not null && Interlocked.Exchange(ref _toldNotice, 1) == 0)
        {
            notice(sentence);
        }
    }
}
