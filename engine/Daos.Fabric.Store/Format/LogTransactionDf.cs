namespace Daos.Fabric.Store.Format;

/// <summary>
/// The head of a transaction in the log. Its ranges follow: each an 8-byte word with the arena offset in bits 0-43 and the length in
/// bits 44-63, then the bytes, padded to 8.
/// <code>
///    0 magic u32 | 4 range count u32 | 8 redo bytes u32 (ranges with words and padding) | 12 reserved u32
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct LogTransactionDf
{
    internal const int SizeBytes = 16;
    internal const uint MagicValue = 0x314E5854; // "TXN1"
    internal const int OffsetBits = 44;
    internal const ulong OffsetMask = (1UL << OffsetBits) - 1;

    [FieldOffset(0)]
    internal uint Magic;

    [FieldOffset(4)]
    internal uint RangeCount;

    [FieldOffset(8)]
    internal uint RedoBytes;
}
