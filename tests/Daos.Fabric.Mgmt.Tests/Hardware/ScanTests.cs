using System.Text.Json.Nodes;
using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Tests.Support;

namespace Daos.Fabric.Mgmt.Tests.Hardware;

/// <summary>Scans of a made-up /sys, and of this machine.</summary>
public sealed class ScanTests : IDisposable
{
    private readonly Folder _folder = new();

    [Fact]
    public void Devices_AreReadFromSys()
    {
        string pci = "sys/devices/pci0000:80/0000:81:00.0/nvme/nvme0/nvme0n1";
        _folder.Write($"{pci}/size", "4096\n");
        _folder.Write($"{pci}/device/model", "Fast One  \n");
        _folder.Write($"{pci}/device/numa_node", "1\n");
        _folder.Write($"{pci}/queue/rotational", "0\n");
        _folder.Write($"{pci}/dev", "259:0\n");
        _folder.Write("sys/devices/sda/size", "8192\n");
        _folder.Write("sys/devices/sda/queue/rotational", "1\n");
        _folder.Write("sys/devices/sda/sda1/partition", "1\n");
        _folder.Write("sys/devices/sda/sda1/size", "4096\n");
        _folder.Write("sys/devices/sda/sda1/dev", "8:1\n");
        _folder.Write("sys/devices/sda/sda1/holders/dm-0/x", "");
        _folder.Write("sys/devices/loop0/size", "0\n");
        _folder.Write("sys/devices/zram0/size", "100\n");
        Directory.CreateDirectory($"{_folder.Path}/sys/class/block");
        foreach ((string name, string target) in new[] { ("nvme0n1", pci), ("sda", "sys/devices/sda"), ("sda1", "sys/devices/sda/sda1"), ("loop0", "sys/devices/loop0"), ("zram0", "sys/devices/zram0") })
        {
            File.CreateSymbolicLink($"{_folder.Path}/sys/class/block/{name}", $"{_folder.Path}/{target}");
            using FileStream device = File.Create(Path.GetFullPath(_folder.Write($"dev/{name}", "")));
            device.SetLength(2 << 20);
        }

        _folder.Write("proc/self/mountinfo", "1 0 8:1 / /with\\040space rw - ext4 /dev/root rw\n2 0 0:5 / /tmp rw shared:1 - tmpfs tmpfs rw\n");
        _folder.Write("proc/swaps", "Filename Type\n");
        var roots = new SystemRoots($"{_folder.Path}/sys", $"{_folder.Path}/dev", $"{_folder.Path}/proc");
        BlockDevice[] found = [.. BlockDevices.Scan(roots)];
        Assert.Equal(["nvme0n1", "sda", "sda1"], found.Select(static d => Path.GetFileName(d.Path)));
        Assert.Equal((4096L * 512, "Fast One", "0000:81:00.0", 1, false), (found[0].SizeBytes, found[0].Model, found[0].PciAddress, found[0].NumaNode, found[0].IsRotational));
        Assert.True(found[0].IsFree);
        Assert.Equal(["has the partitions sda1"], found[1].Uses);
        Assert.Equal(["mounted at /with space", "part of dm-0"], found[2].Uses);

        Assert.Equal("tmpfs", MountTable.Read(roots).TypeAt("/tmp/"));
        Assert.Null(MountTable.Read(roots).TypeAt("/with"));
        _folder.Write("sys/bus/pci/devices/0000:81:00.0/nvme/nvme0/nvme0n1/x", "");
        Assert.Equal($"{roots.Dev}/nvme0n1", BlockDevices.OfPciAddress(roots, "0000:81:00.0"));
        Assert.Null(BlockDevices.OfPciAddress(roots, "0000:82:00.0"));
    }

    [Fact]
    public async Task Machine_IsScanned_WithoutChanges()
    {
        CommandRun run = await CommandRun.OfAsync("storage", "scan");
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.StartsWith("device ", run.Output, StringComparison.Ordinal);
        JsonNode answer = JsonNode.Parse((await CommandRun.OfAsync("storage", "scan", "-j")).Output)!;
        Assert.NotNull(answer["response"]!["devices"]);

        run = await CommandRun.OfAsync("network", "scan");
        Assert.Contains(run.Output.Split('\n'), static l => l.StartsWith("lo ", StringComparison.Ordinal) && l.Contains("loopback", StringComparison.Ordinal) && l.Contains("tcp", StringComparison.Ordinal));
        answer = JsonNode.Parse((await CommandRun.OfAsync("network", "scan", "-p", "tcp", "-j")).Output)!;
        Assert.Contains(answer["response"]!["interfaces"]!.AsArray(), static i => (string?)i!["name"] == "lo");
    }

    [Theory]
    [InlineData("0-3,8", "0 1 2 3 8")]
    [InlineData("", "")]
    [InlineData("5", "5")]
    [InlineData("3-1,x,1-99999999", "")]
    public void CoreLists_AreRead(string text, string expected) => Assert.Equal(expected, string.Join(' ', CoreList.Parse(text)));

    public void Dispose() => _folder.Dispose();
}
