using System.Buffers.Binary;
using System.Text;

namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>Finds out what a device or a file contains, from its beginning and its end. Reads only. Any thread.</summary>
internal static class Signatures
{
    /// <summary>How the label of a file system begins that daos_server made.</summary>
    internal const string LabelPrefix = "daos_";

    private const int HeadBytes = 256 * 1024;
    private const int LabelOffset = 0x478;
    private const int LabelBytes = 16;

    // Where each kind of content says what it is.
    private static readonly (string Kind, int Offset, byte[] Magic)[] s_magics =
    [
        ("xfs file system", 0, "XFSB"u8.ToArray()),
        ("btrfs file system", 0x10040, "_BHRfS_M"u8.ToArray()),
        ("f2fs file system", 1024, [0x10, 0x20, 0xF5, 0xF2]),
        ("squashfs file system", 0, "hsqs"u8.ToArray()),
        ("iso9660 file system", 32769, "CD001"u8.ToArray()),
        ("ntfs file system", 3, "NTFS    "u8.ToArray()),
        ("fat file system", 54, "FAT"u8.ToArray()),
        ("fat file system", 82, "FAT"u8.ToArray()),
        ("exfat file system", 3, "EXFAT   "u8.ToArray()),
        ("swap space", 4086, "SWAPSPACE2"u8.ToArray()),
        ("swap space", 65526, "SWAPSPACE2"u8.ToArray()),
        ("encrypted volume (LUKS)", 0, [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE]),
        ("LVM volume", 536, "LVM2 001"u8.ToArray()),
        ("LVM volume", 24, "LVM2 001"u8.ToArray()),
        ("RAID member (md)", 0, [0xFC, 0x4E, 0x2B, 0xA9]),
        ("RAID member (md)", 4096, [0xFC, 0x4E, 0x2B, 0xA9]),
        ("bcache device", 4120, [0xC6, 0x85, 0x73, 0xF6, 0x4E, 0x1A, 0x45, 0xCA]),
        ("ceph device", 0, "bluestore block device"u8.ToArray()),
        ("partition table (GPT)", 512, "EFI PART"u8.ToArray()),
        ("partition table (GPT)", 4096, "EFI PART"u8.ToArray()),
    ];

    /// <summary>What is there, empty for nothing, and whether daos_server made it. What cannot be read is told and is never nothing.</summary>
    internal static (string Kind, bool IsOurs) Of(string path, long sizeBytes, out string? unreadable)
    {
        unreadable = null;
        try
        {
            using var handle = File.OpenHandle(path);
            var head = new byte[HeadBytes];
            int length = ReadAll(handle, head, 0);
            string found = OfHead(head.AsSpan(0, length), out string label);
            if (found.Length == 0)
            {
                found = OfTail(handle, sizeBytes);
            }

            return (found, label.StartsWith(LabelPrefix, StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            unreadable = $"cannot be read: {exception.Message}";
            return ("", false);
        }
    }

    private static string OfHead(ReadOnlySpan<byte> head, out string label)
    {
        label = "";
        if (Has(head, 0x438, [0x53, 0xEF]) && head.Length >= LabelOffset + LabelBytes)
        {
            label = Encoding.ASCII.GetString(head.Slice(LabelOffset, LabelBytes)).TrimEnd('\0');
            return label.Length > 0 ? $"ext4 file system '{Configuration.ConfigText.Quote(label)}'" : "ext4 file system";
        }

        foreach ((string kind, int offset, byte[] magic) in s_magics)
        {
            if (Has(head, offset, magic))
            {
                return kind;
            }
        }

        if (HasUberblock(head))
        {
            return "ZFS member";
        }

        return Has(head, 510, [0x55, 0xAA]) ? "partition table (MBR)" : head.IndexOfAnyExcept((byte)0) >= 0 ? "data of unknown kind" : "";
    }

    // Old RAID members say what they are near their end, and so does the second copy of a partition table.
    private static string OfTail(Microsoft.Win32.SafeHandles.SafeFileHandle handle, long sizeBytes)
    {
        const int TailBytes = 128 * 1024;
        if (sizeBytes <= HeadBytes)
        {
            return "";
        }

        var tail = new byte[(int)Math.Min(TailBytes, sizeBytes - HeadBytes)];
        long start = sizeBytes - tail.Length;
        int length = ReadAll(handle, tail, start);
        ReadOnlySpan<byte> read = tail.AsSpan(0, length);
        long old = (sizeBytes & ~0xFFFFL) - 0x10000 - start;
        long newer = ((sizeBytes / 512) - 16) / 8 * 8 * 512 - start;
        return Has(read, old, [0xFC, 0x4E, 0x2B, 0xA9]) || Has(read, newer, [0xFC, 0x4E, 0x2B, 0xA9]) ? "RAID member (md)"
            : Has(read, read.Length - 512, "EFI PART"u8) ? "partition table (GPT), its second copy"
            : read.IndexOfAnyExcept((byte)0) >= 0 ? "data of unknown kind"
            : "";
    }

    private static bool HasUberblock(ReadOnlySpan<byte> head)
    {
        for (int offset = 128 * 1024; offset + 8 <= head.Length; offset += 1024)
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(head[offset..]) == 0x00BAB10C)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(ReadOnlySpan<byte> bytes, long offset, ReadOnlySpan<byte> magic) =>
        offset >= 0 && offset + magic.Length <= bytes.Length && bytes.Slice((int)offset, magic.Length).SequenceEqual(magic);

    private static int ReadAll(Microsoft.Win32.SafeHandles.SafeFileHandle handle, Span<byte> buffer, long offset)
    {
        int total = 0;
        while (total < buffer.Length && RandomAccess.Read(handle, buffer[total..], offset + total) is > 0 and var read)
        {
            total += read;
        }

        return total;
    }
}
