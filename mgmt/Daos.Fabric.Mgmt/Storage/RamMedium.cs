using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>A RAM disk: gone when the machine restarts.</summary>
internal sealed class RamMedium(string mount, long sizeBytes, bool hugePages, IHostStorage host) : ITierMedium
{
    private const string Type = "tmpfs";

    public string Name => $"RAM disk {mount}";

    public string Directory => mount;

    public Task<bool> OpenAsync(CancellationToken cancellation) =>
        Task.FromResult(host.MountedAt(mount) == Type && System.IO.Directory.EnumerateFileSystemEntries(mount).Any(static e => TierFiles.IsOurs(Path.GetFileName(e))));

    public IEnumerable<string> Refusals(bool isForced)
    {
        string? mounted = host.MountedAt(mount);
        if (mounted is not null and not Type)
        {
            yield return $"a {mounted} file system is mounted at {mount}, where the RAM disk belongs; unmount it or give another scm_mount";
            yield break;
        }

        if (mounted is null && !host.IsPrivileged)
        {
            yield return $"mounting a RAM disk at {mount} needs root; run daos_server as root, mount a tmpfs there yourself, or use class dir";
        }

        if (sizeBytes < Limits.ScmBytesMin)
        {
            yield return $"there is too little memory for the RAM disk {mount}: {Units.About(Math.Max(0, sizeBytes))} after what is reserved, and at least {Units.FormatSize(Limits.ScmBytesMin)} is needed; lower system_ram_reserved, set scm_size, or use class dir";
        }

        // Also below the mount point to come: files there would be hidden.
        foreach (string refusal in new DirectoryMedium(mount).Refusals(isForced))
        {
            yield return refusal;
        }
    }

    public async Task FormatAsync(CancellationToken cancellation)
    {
        if (host.MountedAt(mount) == Type && !host.IsPrivileged)
        {
            await new DirectoryMedium(mount).FormatAsync(cancellation).ConfigureAwait(false);
            return;
        }

        System.IO.Directory.CreateDirectory(mount);
        if (host.MountedAt(mount) == Type)
        {
            Require(await host.UnmountAsync(mount, cancellation).ConfigureAwait(false), "unmounted");
        }

        string options = string.Create(CultureInfo.InvariantCulture, $"size={sizeBytes >> 20}m,mode=0700{(hugePages ? ",huge=always" : "")}");
        Require(await host.MountAsync(Type, Type, mount, options, cancellation).ConfigureAwait(false), "mounted");
    }

    private void Require(string? problem, string what)
    {
        if (problem is not null)
        {
            throw new StorageException(DerCode.Misc, $"the RAM disk {mount} cannot be {what}: {problem}");
        }
    }
}
