using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Store.Format;

/// <summary>
/// The first block of the log and of the data file: says to which store the file belongs and how new it is, so that files and devices are
/// never mixed up.
/// <code>
///    0 magic u64 | 8 version u32 | 12 role u32 (1 log, 2 data) | 16 store UUID 16 | 32 file bytes u64 | 40 crc32c u32 | 44 reserved u32
///   48 generation u64 | 56 reserved to 64
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct FileHeaderDf
{
    internal const int SizeBytes = 64;
    internal const int BlockBytes = 4096;
    internal const ulong MagicValue = 0x31454C49_46464144; // "DAFFILE1"
    internal const uint VersionValue = 1;
    internal const uint RoleLog = 1;
    internal const uint RoleData = 2;

    [FieldOffset(0)]
    internal ulong Magic;

    [FieldOffset(8)]
    internal uint Version;

    [FieldOffset(12)]
    internal uint Role;

    [FieldOffset(16)]
    internal fixed byte StoreId[16];

    [FieldOffset(32)]
    internal ulong FileBytes;

    [FieldOffset(40)]
    internal uint Checksum;

    /// <summary>The superblock's, raised with it at each opening.</summary>
    [FieldOffset(48)]
    internal ulong Generation;

    /// <summary>Identity of the store.</summary>
    internal readonly Guid Id
    {
        get
        {
            fixed (byte* id = StoreId)
            {
                return new Guid(new ReadOnlySpan<byte>(id, 16), bigEndian: true);
            }
        }
    }

    /// <summary>Fills a zeroed block.</summary>
    internal static void Write(byte* block, uint role, Guid storeId, long fileBytes, ulong generation)
    {
        var header = (FileHeaderDf*)block;
        header->Magic = MagicValue;
        header->Version = VersionValue;
        header->Role = role;
        storeId.TryWriteBytes(new Span<byte>(header->StoreId, 16), bigEndian: true, out _);
        header->FileBytes = (ulong)fileBytes;
        header->Generation = generation;
        header->Checksum = Crc32C.Compute(new ReadOnlySpan<byte>(block, SizeBytes));
    }

    /// <summary>True when the block is a header at all.</summary>
    internal static bool IsWhole(byte* block)
    {
        FileHeaderDf header = *(FileHeaderDf*)block;
        uint checksum = header.Checksum;
        header.Checksum = 0;
        return header.Magic == MagicValue
            && header.Version == VersionValue
            && checksum == Crc32C.Compute(new ReadOnlySpan<byte>(&header, SizeBytes));
    }
}
