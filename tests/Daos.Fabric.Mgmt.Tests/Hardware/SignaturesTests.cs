using System.Text;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Hardware;

/// <summary>What a device holds, by what its formats say of themselves.</summary>
public sealed class SignaturesTests : IDisposable
{
    private const int Size = 4 << 20;

    private readonly Folder _folder = new();

    [Theory]
    [InlineData(0, "XFSB", "xfs file system")]
    [InlineData(0x10040, "_BHRfS_M", "btrfs file system")]
    [InlineData(4086, "SWAPSPACE2", "swap space")]
    [InlineData(512, "EFI PART", "partition table (GPT)")]
    [InlineData(Size - 512, "EFI PART", "partition table (GPT), its second copy")]
    [InlineData(536, "LVM2 001", "LVM volume")]
    [InlineData(3, "NTFS    ", "ntfs file system")]
    [InlineData(54, "FAT", "fat file system")]
    [InlineData(32769, "CD001", "iso9660 file system")]
    [InlineData(0, "hsqs", "squashfs file system")]
    [InlineData(0, "bluestore block device", "ceph device")]
    [InlineData(100_000, "x", "data of unknown kind")]
    [InlineData(Size - 1, "x", "data of unknown kind")]
    public void Content_IsRecognised(int offset, string magic, string expected) => Assert.Equal((expected, false), Look(offset, Encoding.ASCII.GetBytes(magic)));

    [Theory]
    [InlineData(0, "4C554B53BABE", "encrypted volume (LUKS)")]
    [InlineData(4096, "FC4E2BA9", "RAID member (md)")]
    [InlineData(Size - 65536, "FC4E2BA9", "RAID member (md)")]
    [InlineData(Size - 8192, "FC4E2BA9", "RAID member (md)")]
    [InlineData(1024, "1020F5F2", "f2fs file system")]
    [InlineData(4120, "C68573F64E1A45CA", "bcache device")]
    [InlineData(132096, "0CB1BA0000000000", "ZFS member")]
    [InlineData(510, "55AA", "partition table (MBR)")]
    [InlineData(0x438, "53EF", "ext4 file system")]
    public void Magic_IsRecognised(int offset, string magic, string expected) => Assert.Equal((expected, false), Look(offset, Convert.FromHexString(magic)));

    [Fact]
    public void Label_SaysWhetherItIsOurs()
    {
        string path = Write(0x438, [0x53, 0xEF]);
        Write(path, 0x478, "daos_e0t1"u8);
        Assert.Equal(("ext4 file system 'daos_e0t1'", true), Signatures.Of(path, Size, out _));
        Write(path, 0x478, "home\0\0\0\0\0"u8);
        Assert.Equal(("ext4 file system 'home'", false), Signatures.Of(path, Size, out _));
    }

    [Fact]
    public void Nothing_IsNothing_AndUnreadableIsNot()
    {
        Assert.Equal(("", false), Look(0, [0]));
        Signatures.Of($"{_folder.Path}/none", Size, out string? unreadable);
        Assert.StartsWith("cannot be read: ", unreadable, StringComparison.Ordinal);
        string small = _folder.Write("small", "");
        Assert.Equal(("", false), Signatures.Of(small, 0, out unreadable));
        Assert.Null(unreadable);
    }

    public void Dispose() => _folder.Dispose();

    private (string, bool) Look(int offset, ReadOnlySpan<byte> magic) => Signatures.Of(Write(offset, magic), Size, out _);

    private string Write(int offset, ReadOnlySpan<byte> bytes)
    {
        string path = $"{_folder.Path}/device";
        using (FileStream file = File.Create(path))
        {
            file.SetLength(Size);
        }

        Write(path, offset, bytes);
        return path;
    }

    private static void Write(string path, int offset, ReadOnlySpan<byte> bytes)
    {
        using FileStream file = File.OpenWrite(path);
        file.Seek(offset, SeekOrigin.Begin);
        file.Write(bytes);
    }
}
