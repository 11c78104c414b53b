using Daos.Fabric.Core.Checksums;

namespace Daos.Fabric.Store.Format;

/// <summary>
/// Says what a store is. Two copies lie in the file meta, at 0 and at 64 KiB; the one with a good checksum and the higher sequence counts.
/// In every version of the format the block has 4 KiB, its magic, its version and the two sentences' worth of facts around it lie where
/// they lie here, and the checksum is its last word, so that an older program can tell a newer store from a damaged one.
/// <code>
///    0 magic u64 | 8 version u32 | 12 reserved u32 | 16 incompatible features u64 | 24 compatible features u64
///   32 store UUID 16 | 48 sequence u64 | 56 generation u64 | 64 generation start u64
///   72 log ring bytes u64 | 80 log block bytes u32 | 84 reserved u32 | 88 data bytes u64 | 96 arena reserve bytes u64
///  104 root area bytes u64 | 112 created, Unix ns u64 | 120 header generation u64 | 128 reserved to 4092 | 4092 crc32c u32
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct SuperblockDf
{
    internal const int SizeBytes = 4096;
    internal const ulong MagicValue = 0x45524F54_53464144; // "DAFSTORE"
    internal const uint VersionValue = 1;

    /// <summary>Feature bits that a program must know to open the store at all.</summary>
    internal const ulong KnownFeatures = 0;

    internal const int CopyCount = 2;
    internal const long CopyDistanceBytes = 64 * 1024;

    [FieldOffset(0)]
    internal ulong Magic;

    [FieldOffset(8)]
    internal uint Version;

    [FieldOffset(16)]
    internal ulong IncompatibleFeatures;

    [FieldOffset(24)]
    internal ulong CompatibleFeatures;

    [FieldOffset(32)]
    internal fixed byte StoreId[16];

    /// <summary>Rises by one with each write.</summary>
    [FieldOffset(48)]
    internal ulong Sequence;

    /// <summary>Generation of the log blocks from <see cref="GenerationStart"/> on; older blocks there mean nothing.</summary>
    [FieldOffset(56)]
    internal ulong Generation;

    /// <summary>The log was whole and durable up to here when the generation was raised.</summary>
    [FieldOffset(64)]
    internal ulong GenerationStart;

    [FieldOffset(72)]
    internal ulong LogRingBytes;

    [FieldOffset(80)]
    internal uint LogBlockBytes;

    [FieldOffset(88)]
    internal ulong DataBytes;

    [FieldOffset(96)]
    internal ulong ArenaReserveBytes;

    [FieldOffset(104)]
    internal ulong RootAreaBytes;

    [FieldOffset(112)]
    internal ulong CreatedUnixNs;

    /// <summary>The headers of log and data have at least this generation; a lower one is an old copy.</summary>
    [FieldOffset(120)]
    internal ulong HeaderGeneration;

    [FieldOffset(SizeBytes - 4)]
    internal uint Checksum;

    /// <summary>Identity of the store.</summary>
    internal Guid Id
    {
        get
        {
            fixed (byte* id = StoreId)
            {
                return new Guid(new ReadOnlySpan<byte>(id, 16), bigEndian: true);
            }
        }

        set
        {
            fixed (byte* id = StoreId)
            {
                value.TryWriteBytes(new Span<byte>(id, 16), bigEndian: true, out _);
            }
        }
    }

    /// <summary>Checksum of a block that starts at the address.</summary>
    internal static uint ChecksumOf(SuperblockDf* block) => Crc32C.Compute(new ReadOnlySpan<byte>(block, SizeBytes - 4));
}
