namespace Daos.Fabric.Store.Devices.Format;

/// <summary>
/// Says what a device is, whose it is, and which of its two tables counts. Two copies lie at 0 and at 64 KiB; the one with a good checksum and the
/// higher sequence counts. Magic, version, feature words and the place of the checksum never move.
/// <code>
///    0 magic u64 | 8 version u32 | 12 reserved u32 | 16 incompatible features u64 | 24 compatible features u64
///   32 device UUID 16 | 48 sequence u64 | 56 table sequence u64 | 64 table area u32 (0, 1) | 68 table bytes u32 | 72 table crc32c u32 | 76 reserved u32
///   80 device bytes u64 | 88 cluster bytes u64 | 96 table area bytes u64 | 104 clusters u64 | 112 created, Unix ns u64
///  120 storage UUID 16 | 136 rank u32 | 140 roles u32 | 144 bytes of the system's name u32 | 148 reserved u32 | 152 system's name 64
///  216 reserved to 4092 | 4092 crc32c u32 over the 4092 bytes before
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct DeviceHeaderDf
{
    internal const int SizeBytes = 4096;
    internal const ulong MagicValue = 0x53424F4C_42464144; // "DAFBLOBS"
    internal const uint VersionValue = 1;

    /// <summary>Feature bits that a program must know to open the device at all.</summary>
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
    internal fixed byte DeviceId[16];

    /// <summary>Rises by one with each write.</summary>
    [FieldOffset(48)]
    internal ulong Sequence;

    /// <summary>Sequence of the table that counts.</summary>
    [FieldOffset(56)]
    internal ulong TableSequence;

    [FieldOffset(64)]
    internal uint TableArea;

    [FieldOffset(68)]
    internal uint TableBytes;

    [FieldOffset(72)]
    internal uint TableChecksum;

    /// <summary>Size when it was formatted; a device that is smaller now is not whole.</summary>
    [FieldOffset(80)]
    internal ulong DeviceBytes;

    [FieldOffset(88)]
    internal ulong ClusterBytes;

    [FieldOffset(96)]
    internal ulong TableAreaBytes;

    [FieldOffset(104)]
    internal ulong Clusters;

    [FieldOffset(112)]
    internal ulong CreatedUnixNs;

    [FieldOffset(120)]
    internal fixed byte StorageId[16];

    [FieldOffset(136)]
    internal uint Rank;

    [FieldOffset(140)]
    internal uint Roles;

    [FieldOffset(144)]
    internal uint SystemBytes;

    [FieldOffset(152)]
    internal fixed byte SystemName[DeviceOwner.SystemBytesMax];

    [FieldOffset(SizeBytes - 4)]
    internal uint Checksum;

    /// <summary>Identity of the device.</summary>
    internal Guid Id
    {
        get
        {
            fixed (byte* id = DeviceId)
            {
                return new Guid(new ReadOnlySpan<byte>(id, 16), bigEndian: true);
            }
        }

        set
        {
            fixed (byte* id = DeviceId)
            {
                value.TryWriteBytes(new Span<byte>(id, 16), bigEndian: true, out _);
            }
        }
    }

    /// <summary>Whose it is. A name is at most <see cref="DeviceOwner.SystemBytesMax"/> bytes, which the caller checked.</summary>
    internal DeviceOwner Owner
    {
        get
        {
            fixed (byte* id = StorageId, name = SystemName)
            {
                int length = (int)Math.Min(SystemBytes, DeviceOwner.SystemBytesMax);
                return new DeviceOwner(
                    System.Text.Encoding.UTF8.GetString(name, length), Rank, new Guid(new ReadOnlySpan<byte>(id, 16), bigEndian: true));
            }
        }

        set
        {
            fixed (byte* id = StorageId, name = SystemName)
            {
                value.Storage.TryWriteBytes(new Span<byte>(id, 16), bigEndian: true, out _);
                var room = new Span<byte>(name, DeviceOwner.SystemBytesMax);
                room.Clear();
                SystemBytes = (uint)System.Text.Encoding.UTF8.GetBytes(value.System, room);
            }

            Rank = value.Rank;
        }
    }

    internal readonly DeviceGeometry Geometry => new((long)ClusterBytes, (long)TableAreaBytes, (long)Clusters);

    /// <summary>Checksum of a block that starts at the address.</summary>
    internal static uint ChecksumOf(DeviceHeaderDf* block) => Crc32C.Compute(new ReadOnlySpan<byte>(block, SizeBytes - 4));
}
