namespace Daos.Fabric.Store.Trees;

/// <summary>An extent that overlaps the range of a look-up. A value.</summary>
internal readonly record struct ExtentHit(ulong Start, ulong End, VersionStamp Stamp, ulong Extent) : IComparable<ExtentHit>
{
    /// <summary>By first record.</summary>
    public int CompareTo(ExtentHit other) => Start.CompareTo(other.Start);

    /// <summary>Compares by first record.</summary>
    public static bool operator <(ExtentHit left, ExtentHit right) => left.CompareTo(right) < 0;

    /// <summary>Compares by first record.</summary>
    public static bool operator >(ExtentHit left, ExtentHit right) => left.CompareTo(right) > 0;

    /// <summary>Compares by first record.</summary>
    public static bool operator <=(ExtentHit left, ExtentHit right) => left.CompareTo(right) <= 0;

    /// <summary>Compares by first record.</summary>
    public static bool operator >=(ExtentHit left, ExtentHit right) => left.CompareTo(right) >= 0;
}
