namespace Daos.Fabric.Store.Format;

/// <summary>
/// Where the last checkpoint keeps a page: 0 slot u32 | 4 crc32c u32. Slot 0 means that the page was never written and is zero. A map page
/// holds 512 of them for 512 arena pages; the directory holds them for map pages.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct PageEntryDf
{
    internal const int SizeBytes = 8;
    internal const int PerMapPage = DirtyPages.PageBytes / SizeBytes;

    [FieldOffset(0)]
    internal uint Slot;

    [FieldOffset(4)]
    internal uint Checksum;
}
