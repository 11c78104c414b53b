using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>A directory of a file system that is there. Only what daos_server put there is ever removed.</summary>
internal sealed class DirectoryMedium(string path) : ITierMedium
{
    private const int NamedMax = 4;

    public string Name => $"directory {path}";

    public string Directory => path;

    public Task<bool> OpenAsync(CancellationToken cancellation) => Task.FromResult(System.IO.Directory.Exists(path) && Entries().Any(TierFiles.IsOurs));

    public IEnumerable<string> Refusals(bool isForced)
    {
        if (File.Exists(path))
        {
            yield return $"{path} is a file, not a directory; give another path";
            yield break;
        }

        string[] entries;
        string? problem = null;
        try
        {
            entries = Entries();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            entries = [];
            problem = $"{path} cannot be read: {exception.Message}";
        }

        string[] foreign = [.. entries.Where(static e => !TierFiles.IsOurs(e) && e != TierFiles.LostAndFound)];
        if (problem is not null)
        {
            yield return problem;
        }
        else if (foreign.Length > 0)
        {
            string more = foreign.Length > NamedMax ? string.Create(CultureInfo.InvariantCulture, $" and {foreign.Length - NamedMax} more") : "";
            yield return $"{path} holds files that daos_server did not put there ({string.Join(", ", foreign.Take(NamedMax))}{more}); they are never removed, so empty it or give another directory";
        }
        else if (!isForced && entries.Any(TierFiles.IsOurs))
        {
            yield return $"{path} holds storage of an engine; --force erases it";
        }
    }

    public Task FormatAsync(CancellationToken cancellation)
    {
        try
        {
            System.IO.Directory.CreateDirectory(path);
            TierFiles.Erase(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(DerCode.NoPerm, $"{path} cannot be prepared: {exception.Message}");
        }

        return Task.CompletedTask;
    }

    private string[] Entries() => System.IO.Directory.Exists(path)
        ? [.. System.IO.Directory.EnumerateFileSystemEntries(path).Select(static e => Path.GetFileName(e)).Order(StringComparer.Ordinal)]
        : [];
}
