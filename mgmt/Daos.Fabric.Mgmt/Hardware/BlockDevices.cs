using System.Text.RegularExpressions;

namespace Daos.Fabric.Mgmt.Hardware;

/// <summary>Looks at block devices through /sys. Reads only. Any thread.</summary>
internal static partial class BlockDevices
{
    private const int SectorBytes = 512;

    /// <summary>Every device that can hold something: without empty loop devices, RAM disks and compressed memory.</summary>
    internal static IReadOnlyList<BlockDevice> Scan(SystemRoots roots)
    {
        MountTable mounts = MountTable.Read(roots);
        string[] swaps = [.. SystemRoots.Lines($"{roots.Proc}/swaps").Skip(1).Select(static l => l.Split(' ')[0])];
        return [.. SystemRoots.Names($"{roots.Sys}/class/block")
            .Where(static n => !n.StartsWith("zram", StringComparison.Ordinal) && !n.StartsWith("ram", StringComparison.Ordinal))
            .Select(n => Look(roots, n, mounts, swaps)).OfType<BlockDevice>()];
    }

    /// <summary>The block device of an NVMe device by its PCI address: its first namespace; null when there is none.</summary>
    internal static string? OfPciAddress(SystemRoots roots, string address)
    {
        string folder = $"{roots.Sys}/bus/pci/devices/{address.ToLowerInvariant()}/nvme";
        foreach (string controller in SystemRoots.Names(folder))
        {
            string? name = SystemRoots.Names($"{folder}/{controller}").FirstOrDefault(static n => NamespacePattern().IsMatch(n));
            if (name is not null)
            {
                return $"{roots.Dev}/{name}";
            }
        }

        return null;
    }

    private static BlockDevice? Look(SystemRoots roots, string name, MountTable mounts, string[] swaps)
    {
        string entry = $"{roots.Sys}/class/block/{name}";
        long bytes = (SystemRoots.Number($"{entry}/size") ?? 0) * SectorBytes;
        if (bytes == 0)
        {
            return null;
        }

        string path = $"{roots.Dev}/{name}";
        string real = new DirectoryInfo(entry).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? entry;
        bool isPartition = File.Exists($"{entry}/partition");
        string disk = isPartition ? Path.GetDirectoryName(real)! : real;
        (string signature, bool isOurs) = Signatures.Of(path, bytes, out string? unreadable);
        return new BlockDevice
        {
            Path = path,
            SizeBytes = bytes,
            Model = SystemRoots.Text($"{disk}/device/model") ?? "",
            PciAddress = PciPattern().Matches(real) is { Count: > 0 } addresses ? addresses[^1].Value : "",
            NumaNode = (int)(SystemRoots.Number($"{disk}/device/numa_node") ?? SystemRoots.Number($"{disk}/device/device/numa_node") ?? -1),
            IsRotational = SystemRoots.Number($"{disk}/queue/rotational") == 1,
            IsLoop = name.StartsWith("loop", StringComparison.Ordinal),
            HasDax = SystemRoots.Number($"{disk}/queue/dax") == 1,
            Uses = [.. Uses(entry, real, path, mounts, swaps, unreadable)],
            Signature = signature,
            IsOurs = isOurs,
        };
    }

    private static IEnumerable<string> Uses(string entry, string real, string path, MountTable mounts, string[] swaps, string? unreadable)
    {
        foreach (string target in mounts.TargetsOf(path, SystemRoots.Text($"{entry}/dev")))
        {
            yield return $"mounted at {target}";
        }

        if (swaps.Contains(path))
        {
            yield return "swap space in use";
        }

        foreach (string holder in SystemRoots.Names($"{entry}/holders"))
        {
            yield return $"part of {holder}";
        }

        string[] partitions = [.. SystemRoots.Names(real).Where(n => File.Exists($"{real}/{n}/partition"))];
        if (partitions.Length > 0)
        {
            yield return $"has the partitions {string.Join(", ", partitions)}";
        }

        if (SystemRoots.Number($"{entry}/ro") == 1)
        {
            yield return "read-only";
        }

        if (unreadable is not null)
        {
            yield return unreadable;
        }
    }

    [GeneratedRegex(@"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")]
    private static partial Regex PciPattern();

    [GeneratedRegex(@"\Anvme[0-9]+n[0-9]+\z")]
    private static partial Regex NamespacePattern();
}
