using Daos.Fabric.Mgmt.Hardware;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>The machine itself, through its own tools. Any thread.</summary>
internal sealed class HostStorage(ICommandRunner runner, SystemRoots roots) : IHostStorage
{
    public bool IsPrivileged => Environment.IsPrivilegedProcess;

    public long MemoryAvailableBytes => SystemRoots.Lines($"{roots.Proc}/meminfo")
        .Where(static l => l.StartsWith("MemAvailable:", StringComparison.Ordinal))
        .Select(static l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024).FirstOrDefault();

    public string? MountedAt(string directory) => MountTable.Read(roots).TypeAt(directory);

    public BlockDevice? Device(string path)
    {
        // A link such as /dev/disk/by-id/... is looked up by what it leads to.
        string real = File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path : path;
        return BlockDevices.Scan(roots).FirstOrDefault(d => d.Path == real);
    }

    public string? DeviceOfPciAddress(string address) => BlockDevices.OfPciAddress(roots, address);

    public Task<string?> MakeFileSystemAsync(string path, string label, CancellationToken cancellation) =>
        runner.RunAsync("mkfs.ext4", ["-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-L", label, path], cancellation);

    public Task<string?> MountAsync(string type, string source, string directory, string options, CancellationToken cancellation) =>
        runner.RunAsync("mount", ["-t", type, "-o", options, source, directory], cancellation);

    public Task<string?> UnmountAsync(string directory, CancellationToken cancellation) => runner.RunAsync("umount", [directory], cancellation);
}
