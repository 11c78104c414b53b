using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;
using Daos.Fabric.Mgmt.Hardware;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>A file with a file system in it, in place of a device.</summary>
/// <param name="file">Its path.</param>
/// <param name="sizeBytes">Its size.</param>
/// <param name="mount">Where it is mounted.</param>
/// <param name="label">Of the file system: by it a file is known again. At most 16 characters.</param>
/// <param name="host">The machine.</param>
internal sealed class FileMedium(string file, long sizeBytes, string mount, string label, IHostStorage host) : ITierMedium
{
    private const string Type = "ext4";

    public string Name => $"file {file}";

    public string Directory => mount;

    public async Task<bool> OpenAsync(CancellationToken cancellation)
    {
        if (host.MountedAt(mount) is not null)
        {
            return true;
        }

        if (!File.Exists(file))
        {
            return false;
        }

        (_, bool isOurs) = Signatures.Of(file, new FileInfo(file).Length, out string? unreadable);
        if (unreadable is not null)
        {
            throw new StorageException(DerCode.NoPerm, $"{file} {unreadable}");
        }

        if (isOurs)
        {
            await MountAsync(cancellation).ConfigureAwait(false);
        }

        return isOurs;
    }

    public IEnumerable<string> Refusals(bool isForced)
    {
        string folder = Path.GetDirectoryName(file)!;
        if (!host.IsPrivileged)
        {
            yield return $"mounting the file {file} needs root; run daos_server as root, or use class dir";
        }

        if (System.IO.Directory.Exists(file) || File.Exists(folder))
        {
            yield return $"{file} cannot be a file: {(System.IO.Directory.Exists(file) ? "it is a directory" : $"{folder} is a file")}; give another path";
            yield break;
        }

        if (System.IO.Directory.Exists(folder) && new DriveInfo(folder).AvailableFreeSpace is var free && free + ExistingBytes() < sizeBytes)
        {
            yield return $"there is no room for {file}: {Units.FormatSize(sizeBytes)} is wanted and {Units.About(free)} is free; lower bdev_size";
        }

        if (!isForced && File.Exists(file) && new FileInfo(file).Length > 0)
        {
            (string signature, bool isOurs) = Signatures.Of(file, new FileInfo(file).Length, out string? unreadable);
            yield return unreadable is not null ? $"{file} {unreadable}"
                : isOurs ? $"{file} holds storage of an engine ({signature}); --force erases it"
                : $"{file} exists and daos_server did not make it{(signature.Length > 0 ? $" ({signature})" : "")}; --force erases it";
        }
    }

    public async Task FormatAsync(CancellationToken cancellation)
    {
        if (host.MountedAt(mount) is not null)
        {
            Require(await host.UnmountAsync(mount, cancellation).ConfigureAwait(false), "unmounted");
        }

        try
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.Delete(file);
            // All of its space is taken now, so that no write fails for want of it later.
            File.OpenHandle(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, sizeBytes).Dispose();
            using FileStream sized = File.OpenWrite(file);
            sized.SetLength(sizeBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(DerCode.NoSpace, $"{file} cannot be made: {exception.Message}");
        }

        Require(await host.MakeFileSystemAsync(file, label, cancellation).ConfigureAwait(false), "formatted");
        await MountAsync(cancellation).ConfigureAwait(false);
    }

    private long ExistingBytes() => File.Exists(file) ? new FileInfo(file).Length : 0;

    private async Task MountAsync(CancellationToken cancellation)
    {
        System.IO.Directory.CreateDirectory(mount);
        Require(await host.MountAsync(Type, file, mount, "noatime,loop", cancellation).ConfigureAwait(false), "mounted");
    }

    private void Require(string? problem, string what)
    {
        if (problem is not null)
        {
            throw new StorageException(DerCode.Misc, $"{file} cannot be {what}: {problem}");
        }
    }
}
