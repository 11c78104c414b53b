namespace Daos.Fabric.Store.Listing;

/// <summary>A run of array records that one update shows; 24 bytes, as a listing packs them.</summary>
/// <param name="Index">First record.</param>
/// <param name="Count">Number of records.</param>
/// <param name="EpochValue">The epoch that wrote them.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ListedExtent(ulong Index, ulong Count, ulong EpochValue)
{
    /// <summary>Bytes of an entry.</summary>
    public const int SizeBytes = 24;
}
