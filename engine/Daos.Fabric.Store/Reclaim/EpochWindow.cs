namespace Daos.Fabric.Store.Reclaim;

/// <summary>
/// The epochs between two that stay readable: of what was written in a window, only what its last epoch shows is ever seen again. A value.
/// </summary>
/// <param name="After">The epoch before the window: the last snapshot, 0 for none.</param>
/// <param name="Through">The last epoch of the window.</param>
internal readonly record struct EpochWindow(ulong After, ulong Through)
{
    /// <summary>The smallest stamp inside.</summary>
    public VersionStamp First => After == 0 ? VersionStamp.Zero : new VersionStamp(After + 1, 0);

    /// <summary>The largest stamp inside.</summary>
    public VersionStamp Last => new(Through, ushort.MaxValue);

    /// <summary>The largest stamp before it: what lies there belongs to an earlier window.</summary>
    public VersionStamp Before => After == 0 ? VersionStamp.Zero : new VersionStamp(After, ushort.MaxValue);

    /// <summary>True for a stamp inside.</summary>
    public bool Contains(VersionStamp stamp) => stamp >= First && stamp <= Last;
}
