using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>Names of what daos_server puts into a tier or next to a superblock. Any thread.</summary>
internal static class TierFiles
{
    /// <summary>The directory of the engine's own tables, or of its pools in a further tier.</summary>
    internal const string Data = "data";

    /// <summary>Which engine a further tier belongs to, and its number.</summary>
    internal const string Owner = "owner";

    /// <summary>Mount points of further tiers.</summary>
    internal const string Mounts = "mnt";

    /// <summary>File systems have it from the start.</summary>
    internal const string LostAndFound = "lost+found";

    /// <summary>The engine's own mark of a directory that is in use.</summary>
    internal const string EngineLock = "engine.lock";

    internal static bool IsOurs(string name) => name is Data or Owner or Mounts or Superblock.FileName or Superblock.FileName + ".new";

    /// <summary>Removes what is ours from a directory, the superblock first: what follows is then no engine's storage any more.</summary>
    internal static void Erase(string directory)
    {
        File.Delete($"{directory}/{Superblock.FileName}");
        File.Delete($"{directory}/{Superblock.FileName}.new");
        File.Delete($"{directory}/{Owner}");
        if (Directory.Exists($"{directory}/{Data}"))
        {
            Directory.Delete($"{directory}/{Data}", recursive: true);
        }

        string mounts = $"{directory}/{Mounts}";
        if (Directory.Exists(mounts))
        {
            // Mount points only; one that is still in use is not empty and stays.
            foreach (string mount in Directory.GetDirectories(mounts).Where(static m => !Directory.EnumerateFileSystemEntries(m).Any()))
            {
                Directory.Delete(mount);
            }
        }
    }

    /// <summary>Throws when a running engine holds a directory: erasing it would take its files away under it.</summary>
    internal static void RequireUnused(string directory)
    {
        string path = $"{directory}/{EngineLock}";
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            // Opened for nobody else: the same lock that an engine takes.
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new StorageException(DerCode.Busy, $"a running engine uses {directory}; stop it before its storage is formatted. Nothing was changed");
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StorageException(DerCode.NoPerm, $"{path} cannot be opened: {exception.Message}. Nothing was changed");
        }
    }
}
