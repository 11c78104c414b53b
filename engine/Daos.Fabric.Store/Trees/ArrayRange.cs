namespace Daos.Fabric.Store.Trees;

/// <summary>Ranges of array records: data has indexes below bit 63, parity has that bit set. Pure functions.</summary>
internal static class ArrayRange
{
    /// <summary>True for a range that is not empty and lies on one side of bit 63.</summary>
    public static bool IsValid(ulong index, ulong count, bool allowsParity)
    {
        bool isParity = (index & ObjectLimits.ParityBit) != 0;
        return count != 0 && count <= (isParity ? ulong.MaxValue : ObjectLimits.ParityBit) - index && (!isParity || allowsParity);
    }

    /// <summary>The index without bit 63: what bytes are counted from, so that chunks of parity lie like chunks of data.</summary>
    public static ulong Position(ulong index) => index & ~ObjectLimits.ParityBit;
}
