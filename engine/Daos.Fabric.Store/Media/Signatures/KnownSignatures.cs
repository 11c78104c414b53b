using System.Text;

namespace Daos.Fabric.Store.Media.Signatures;

/// <summary>
/// What is looked for before a file or device is formatted: one row each, the more telling ones first, since the first that fits is named. Places
/// lie in the first <see cref="HeadBytes"/> or the last <see cref="TailBytes"/>.
/// </summary>
internal static class KnownSignatures
{
    // Before the table, which is made from it.
    private static readonly byte[] s_md = [0xFC, 0x4E, 0x2B, 0xA9];

    /// <summary>How much of the beginning is looked at.</summary>
    internal const int HeadBytes = 256 << 10;

    /// <summary>How much of the end is looked at.</summary>
    internal const int TailBytes = 128 << 10;

    /// <summary>The table.</summary>
    internal static IReadOnlyList<KnownSignature> All { get; } =
    [
        new("the metadata of a store", 0, Text("DAFSTORE")),
        new("the metadata of a store", 64 << 10, Text("DAFSTORE")),
        new("the log or data of a store", 0, Text("DAFFILE1")),
        new("a device of an engine", 0, Text("DAFBLOBS")),
        new("a device of an engine", 64 << 10, Text("DAFBLOBS")),
        new("a btrfs file system", 65600, Text("_BHRfS_M")),
        new("an XFS file system", 0, Text("XFSB")),
        new("an ext2, ext3 or ext4 file system", 1080, [0x53, 0xEF]),
        new("a LUKS volume", 0, [.. Text("LUKS"), 0xBA, 0xBE]),
        new("an LVM physical volume", 0, Text("LABELONE"), 512, 4),
        new("a member of an MD array", 4096, s_md),
        new("a member of an MD array", 0, s_md),
        new("a member of an MD array", -8192, s_md, 512, 8),
        new("a member of an MD array", -65536, s_md, -4096, 16),
        new("swap space", 4086, Text("SWAPSPACE2")),
        new("swap space", 4086, Text("SWAP-SPACE")),
        new("a member of a ZFS pool", 128 << 10, [0x0C, 0xB1, 0xBA, 0, 0, 0, 0, 0], 1024, 128),
        new("a BlueStore device of Ceph", 0, Text("bluestore block device")),
        new("a blob store of SPDK", 0, Text("SPDKBLOB")),
        new("a device of bcache or bcachefs", 4096 + 24, [0xC6, 0x85, 0x73, 0xF6, 0x4E, 0x1A, 0x45, 0xCA, 0x82, 0x65, 0xF5, 0x7F, 0x48, 0xBA, 0x6D, 0x81]),
        new("a VDO volume", 0, Text("dmvdo001")),
        new("a Stratis device", 4096 + 4, [.. Text("!Stra0tis"), 0x86, 0xFF, 0x02, (byte)'^', (byte)'A', (byte)'r', (byte)'h']),
        new("an F2FS file system", 1024, [0x10, 0x20, 0xF5, 0xF2]),
        new("an EROFS file system", 1024, [0xE2, 0xE1, 0xF5, 0xE0]),
        new("a SquashFS file system", 0, Text("hsqs")),
        new("a JFS file system", 32768, Text("JFS1")),
        new("a ReiserFS file system", 65536 + 52, Text("ReIsEr")),
        new("an ISO 9660 file system", 32769, Text("CD001")),
        new("an NTFS file system", 3, Text("NTFS    ")),
        new("an exFAT file system", 3, Text("EXFAT   ")),
        new("a FAT file system", 82, Text("FAT32   ")),
        new("a FAT file system", 54, Text("FAT16   ")),
        new("a FAT file system", 54, Text("FAT12   ")),
        new("a GPT partition table", 512, Text("EFI PART")),
        new("a GPT partition table", 4096, Text("EFI PART")),
        new("a GPT partition table", -512, Text("EFI PART")),
        new("a GPT partition table", -4096, Text("EFI PART")),
        new("an MBR partition table", 510, [0x55, 0xAA]),
    ];

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);
}
