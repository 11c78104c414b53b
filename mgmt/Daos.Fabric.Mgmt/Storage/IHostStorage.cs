using Daos.Fabric.Mgmt.Hardware;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>What formatting needs of the machine besides plain files; tests give their own. Any thread.</summary>
internal interface IHostStorage
{
    /// <summary>This process may mount.</summary>
    bool IsPrivileged { get; }

    /// <summary>Bytes of memory that can be had now.</summary>
    long MemoryAvailableBytes { get; }

    /// <summary>The type of what is mounted at a directory; null when nothing is.</summary>
    string? MountedAt(string directory);

    /// <summary>A block device; null when there is none.</summary>
    BlockDevice? Device(string path);

    /// <summary>The block device of an NVMe device by PCI address; null when there is none.</summary>
    string? DeviceOfPciAddress(string address);

    /// <summary>Makes an ext4 file system with a label on a device or file, whatever is there. Null, or why not.</summary>
    Task<string?> MakeFileSystemAsync(string path, string label, CancellationToken cancellation);

    /// <summary>Mounts; the directory exists. Null, or why not.</summary>
    Task<string?> MountAsync(string type, string source, string directory, string options, CancellationToken cancellation);

    /// <summary>Takes a mount away. Null, or why not.</summary>
    Task<string?> UnmountAsync(string directory, CancellationToken cancellation);
}
