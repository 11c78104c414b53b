namespace Daos.Fabric.Store.Trees;

/// <summary>Epoch and minor epoch: the total order of everything that happens to one key. A value.</summary>
internal readonly record struct VersionStamp(ulong Epoch, ushort Minor) : IComparable<VersionStamp>
{
    /// <summary>Before everything.</summary>
    public static VersionStamp Zero => default;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CompareTo(VersionStamp other)
    {
        int byEpoch = Epoch.CompareTo(other.Epoch);
        return byEpoch != 0 ? byEpoch : Minor.CompareTo(other.Minor);
    }

    /// <summary>Compares by age.</summary>
    public static bool operator <(VersionStamp left, VersionStamp right) => left.CompareTo(right) < 0;

    /// <summary>Compares by age.</summary>
    public static bool operator >(VersionStamp left, VersionStamp right) => left.CompareTo(right) > 0;

    /// <summary>Compares by age.</summary>
    public static bool operator <=(VersionStamp left, VersionStamp right) => left.CompareTo(right) <= 0;

    /// <summary>Compares by age.</summary>
    public static bool operator >=(VersionStamp left, VersionStamp right) => left.CompareTo(right) >= 0;

    /// <summary>The later of two.</summary>
    public static VersionStamp Max(VersionStamp left, VersionStamp right) => left >= right ? left : right;
}
