using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Hardware;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>A block device with a file system that daos_server makes on it.</summary>
/// <param name="device">A path or a PCI address.</param>
/// <param name="mount">Where it is mounted.</param>
/// <param name="label">Of the file system: by it a device is known again. At most 16 characters.</param>
/// <param name="isDax">It is persistent memory.</param>
/// <param name="host">The machine.</param>
internal sealed class DeviceMedium(string device, string mount, string label, bool isDax, IHostStorage host) : ITierMedium
{
    private const string Type = "ext4";

    public string Name => $"device {device}";

    public string Directory => mount;

    public async Task<bool> OpenAsync(CancellationToken cancellation)
    {
        BlockDevice found = Find() ?? throw new StorageException(DerCode.Nonexist, $"{Missing()}. Plug it in or correct the configuration; nothing was changed");
        if (host.MountedAt(mount) is { } type)
        {
            return found.Uses.Any(u => u == $"mounted at {mount}") && type == Type
                ? true
                : throw new StorageException(DerCode.Busy, $"something else is mounted at {mount}, where {device} belongs; unmount it");
        }

        if (!found.IsOurs)
        {
            return false;
        }

        await MountAsync(found.Path, cancellation).ConfigureAwait(false);
        return true;
    }

    public IEnumerable<string> Refusals(bool isForced)
    {
        if (Find() is not { } found)
        {
            yield return $"{Missing()}; 'daos_server storage scan' lists what there is";
            yield break;
        }

        if (!host.IsPrivileged)
        {
            yield return $"formatting and mounting {device} needs root; run daos_server as root, or use class dir";
        }

        if (isDax && !found.HasDax)
        {
            yield return $"{device} cannot be mounted with DAX: it is no persistent memory; use class dir for the first tier, or ram";
        }

        foreach (string use in found.Uses.Where(u => u != $"mounted at {mount}"))
        {
            yield return $"{device} is in use: {use}; free it or give another device. --force does not help";
        }

        if (found.Signature.Length > 0 && !isForced)
        {
            yield return found.IsOurs
                ? $"{device} holds storage of an engine ({found.Signature}); --force erases it"
                : $"{device} holds something else: {found.Signature}; --force erases it";
        }
    }

    public async Task FormatAsync(CancellationToken cancellation)
    {
        string path = Find()?.Path ?? throw new StorageException(DerCode.Nonexist, Missing());
        if (host.MountedAt(mount) is not null)
        {
            Require(await host.UnmountAsync(mount, cancellation).ConfigureAwait(false), "unmounted");
        }

        Require(await host.MakeFileSystemAsync(path, label, cancellation).ConfigureAwait(false), "formatted");
        await MountAsync(path, cancellation).ConfigureAwait(false);
    }

    private async Task MountAsync(string path, CancellationToken cancellation)
    {
        System.IO.Directory.CreateDirectory(mount);
        Require(await host.MountAsync(Type, path, mount, isDax ? "noatime,dax" : "noatime", cancellation).ConfigureAwait(false), "mounted");
    }

    private BlockDevice? Find() => (ValueParser.IsPciAddress(device) ? host.DeviceOfPciAddress(device) : device) is { } path ? host.Device(path) : null;

    private string Missing() => ValueParser.IsPciAddress(device)
        ? $"there is no NVMe device with the kernel's driver at {device}"
        : $"there is no block device {device}";

    private void Require(string? problem, string what)
    {
        if (problem is not null)
        {
            throw new StorageException(DerCode.Misc, $"{device} cannot be {what}: {problem}");
        }
    }
}
