namespace Daos.Fabric.Store.Trees;

/// <summary>A part of an extent that shows, or that is covered. A value.</summary>
/// <param name="Start">First record.</param>
/// <param name="End">First record after it.</param>
/// <param name="Stamp">When the extent was written.</param>
/// <param name="Extent">The extent's record.</param>
/// <param name="IsCovered">A newer extent or a punch covers it.</param>
internal readonly record struct ExtentPiece(ulong Start, ulong End, VersionStamp Stamp, ulong Extent, bool IsCovered)
    : IComparable<ExtentPiece>
{
    /// <summary>By first record, then newest first.</summary>
    public int CompareTo(ExtentPiece other)
    {
        int byStart = Start.CompareTo(other.Start);
        return byStart != 0 ? byStart : other.Stamp.CompareTo(Stamp);
    }

    /// <summary>Compares as <see cref="CompareTo"/>.</summary>
    public static bool operator <(ExtentPiece left, ExtentPiece right) => left.CompareTo(right) < 0;

    /// <summary>Compares as <see cref="CompareTo"/>.</summary>
    public static bool operator >(ExtentPiece left, ExtentPiece right) => left.CompareTo(right) > 0;

    /// <summary>Compares as <see cref="CompareTo"/>.</summary>
    public static bool operator <=(ExtentPiece left, ExtentPiece right) => left.CompareTo(right) <= 0;

    /// <summary>Compares as <see cref="CompareTo"/>.</summary>
    public static bool operator >=(ExtentPiece left, ExtentPiece right) => left.CompareTo(right) >= 0;
}
