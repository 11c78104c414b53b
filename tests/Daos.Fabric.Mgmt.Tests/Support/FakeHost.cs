using Daos.Fabric.Mgmt.Hardware;
using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Tests.Support;

/// <summary>A machine with devices that are directories: mounting one puts a link to it where it is mounted.</summary>
internal sealed class FakeHost(string folder) : IHostStorage
{
    private readonly Dictionary<string, (string Type, string Source, string Options)> _mounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BlockDevice> _devices = new(StringComparer.Ordinal);

    public bool IsPrivileged { get; set; } = true;

    public long MemoryAvailableBytes { get; set; } = 8L << 30;

    internal Dictionary<string, string> PciAddresses { get; } = [];

    /// <summary>What was done, in order.</summary>
    internal List<string> Done { get; } = [];

    /// <summary>What the next action of this kind says.</summary>
    internal Dictionary<string, string> Failures { get; } = [];

    internal void Add(BlockDevice device) => _devices[device.Path] = device;

    public string? MountedAt(string directory) => _mounts.TryGetValue(directory, out var mount) ? mount.Type : null;

    internal string OptionsAt(string directory) => _mounts[directory].Options;

    public BlockDevice? Device(string path) => _devices.TryGetValue(path, out BlockDevice? device)
        ? device with { Uses = [.. device.Uses, .. _mounts.Where(m => m.Value.Source == path).Select(static m => $"mounted at {m.Key}")] }
        : null;

    public string? DeviceOfPciAddress(string address) => PciAddresses.GetValueOrDefault(address);

    public Task<string?> MakeFileSystemAsync(string path, string label, CancellationToken cancellation)
    {
        Done.Add($"mkfs {path} {label}");
        Assert.InRange(label.Length, 1, 16);
        if (Failures.Remove("mkfs", out string? problem))
        {
            return Task.FromResult<string?>(problem);
        }

        if (Directory.Exists(StoreOf(path)))
        {
            Directory.Delete(StoreOf(path), recursive: true);
        }

        Directory.CreateDirectory($"{StoreOf(path)}/lost+found");
        if (_devices.TryGetValue(path, out BlockDevice? device))
        {
            _devices[path] = device with { Signature = $"ext4 file system '{label}'", IsOurs = true };
        }
        else
        {
            // A file: what recognises it later reads it.
            using FileStream file = File.OpenWrite(path);
            file.Seek(0x438, SeekOrigin.Begin);
            file.Write([0x53, 0xEF]);
            file.Seek(0x478, SeekOrigin.Begin);
            file.Write(System.Text.Encoding.ASCII.GetBytes(label));
        }

        return Task.FromResult<string?>(null);
    }

    public Task<string?> MountAsync(string type, string source, string directory, string options, CancellationToken cancellation)
    {
        Done.Add($"mount {type} {source} {directory}");
        if (Failures.Remove("mount", out string? problem))
        {
            return Task.FromResult<string?>(problem);
        }

        Directory.CreateDirectory(StoreOf(type == "tmpfs" ? directory : source));
        Directory.Delete(directory);
        Directory.CreateSymbolicLink(directory, StoreOf(type == "tmpfs" ? directory : source));
        _mounts[directory] = (type, source, options);
        return Task.FromResult<string?>(null);
    }

    public Task<string?> UnmountAsync(string directory, CancellationToken cancellation)
    {
        Done.Add($"umount {directory}");
        Assert.True(_mounts.Remove(directory, out var mount));
        if (mount.Type == "tmpfs")
        {
            Directory.Delete(StoreOf(directory), recursive: true);
        }

        File.Delete(directory);
        Directory.CreateDirectory(directory);
        return Task.FromResult<string?>(null);
    }

    /// <summary>The machine restarts: nothing is mounted, RAM disks are gone.</summary>
    internal async Task RestartAsync()
    {
        foreach (string directory in _mounts.Keys.OrderByDescending(static d => d.Length).ToArray())
        {
            await UnmountAsync(directory, CancellationToken.None);
        }

        Done.Clear();
    }

    private string StoreOf(string source) => $"{folder}/stores/{source.Replace('/', '_')}";
}
