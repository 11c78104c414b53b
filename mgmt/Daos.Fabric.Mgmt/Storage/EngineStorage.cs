using Daos.Fabric.Core.Errors;
using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>
/// The storage of one engine: finds what was formatted and checks that it is this engine's and unchanged, and formats. Nothing is touched before
/// every check has passed; the superblock is written last and removed first. One task at a time.
/// </summary>
internal sealed class EngineStorage(ServerConfig config, EngineConfig engine, IHostStorage host)
{
    /// <summary>Where everything lies.</summary>
    internal StorageLayout Layout { get; } = new(config, engine, host);

    /// <summary>Directories of the further tiers as the engine gets them.</summary>
    internal IEnumerable<string> TierDirectories => Layout.Further.Select(static m => $"{m.Directory}/{TierFiles.Data}");

    /// <summary>
    /// Makes what was formatted reachable. Null: it was not formatted. Throws <see cref="StorageException"/> for storage that is damaged, foreign, newer,
    /// incomplete or configured otherwise; nothing is changed then.
    /// </summary>
    internal async Task<Superblock?> OpenAsync(CancellationToken cancellation)
    {
        bool isReachable = await OpenMetadataAsync(cancellation).ConfigureAwait(false)
            && (Layout.First is null or DirectoryMedium || await Layout.First.OpenAsync(cancellation).ConfigureAwait(false));
        Superblock? superblock = isReachable ? SuperblockFile.Read(Layout.SuperblockPath, config.Name) : null;
        if (superblock is null)
        {
            if (isReachable && Directory.Exists(Layout.DataDirectory) && Directory.EnumerateFileSystemEntries(Layout.DataDirectory).Any())
            {
                throw new StorageException(DerCode.Nonexist, $"{Layout.DataDirectory} holds an engine's data, and its superblock {Layout.SuperblockPath} is missing. The data may be whole: restore that file from a copy. 'storage format --force' erases the data. Nothing was changed");
            }

            return null;
        }

        CheckUnchanged(superblock);
        for (int tier = 0; tier < Layout.Further.Count; tier++)
        {
            await OpenTierAsync(superblock, tier, cancellation).ConfigureAwait(false);
        }

        if (!Directory.Exists(Layout.DataDirectory))
        {
            throw new StorageException(DerCode.Nonexist, $"{Layout.SuperblockPath} says that this engine was formatted, and its directory {Layout.DataDirectory} is missing; is its file system mounted? Nothing was changed");
        }

        return superblock;
    }

    /// <summary>Why it must not be formatted; none when it can be. Changes nothing.</summary>
    internal IReadOnlyList<string> Refusals(bool isForced)
    {
        var refusals = new List<string>();
        if (!isForced && File.Exists(Layout.SuperblockPath))
        {
            refusals.Add($"engine {engine.Index} is formatted already ({Layout.SuperblockPath}); --force erases it and all its pools");
            return refusals;
        }

        return [.. Metadata is null ? [] : MetadataRefusals(Metadata), .. Layout.Media.SelectMany(m => m.Refusals(isForced)).Distinct()];
    }

    /// <summary>Formats: all of it, or an exception before anything was touched or while it was; then it can be formatted again.</summary>
    internal async Task<Superblock> FormatAsync(bool isForced, uint? rank, Guid uuid, CancellationToken cancellation)
    {
        if (Refusals(isForced) is [_, ..] refusals)
        {
            throw new StorageException(DerCode.Exists, $"{string.Join("; ", refusals)}. Nothing was changed");
        }

        TierFiles.RequireUnused(Layout.DataDirectory);
        try
        {
            await FormatMetadataAsync(cancellation).ConfigureAwait(false);
            if (File.Exists(Layout.SuperblockPath))
            {
                File.Delete(Layout.SuperblockPath);
            }

            foreach (ITierMedium medium in Layout.Media)
            {
                await medium.FormatAsync(cancellation).ConfigureAwait(false);
            }

            return Write(rank, uuid);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(DerCode.Misc, $"the storage of engine {engine.Index} cannot be formatted: {exception.Message}. It is unformatted now; try again");
        }
    }

    /// <summary>Remembers the rank that the system gave.</summary>
    internal void SetRank(Superblock superblock, uint rank) => SuperblockFile.Write(Layout.SuperblockPath, superblock with { Rank = rank });

    private DeviceMedium? Metadata => config.MetadataDevice.Length > 0 && Layout.RootMedium is not null
        ? new DeviceMedium(config.MetadataDevice, config.MetadataPath.TrimEnd('/'), $"{Hardware.Signatures.LabelPrefix}control", isDax: false, host)
        : null;

    private async Task<bool> OpenMetadataAsync(CancellationToken cancellation) => Metadata is not { } metadata || await metadata.OpenAsync(cancellation).ConfigureAwait(false);

    // Engines share it: it is formatted when it never was, and never again.
    private static IEnumerable<string> MetadataRefusals(DeviceMedium metadata) =>
        metadata.Refusals(isForced: false).Where(static r => !r.Contains("holds storage of an engine", StringComparison.Ordinal));

    private async Task FormatMetadataAsync(CancellationToken cancellation)
    {
        if (Metadata is { } metadata && !await metadata.OpenAsync(cancellation).ConfigureAwait(false))
        {
            await metadata.FormatAsync(cancellation).ConfigureAwait(false);
        }
    }

    private void CheckUnchanged(Superblock superblock)
    {
        if (superblock.Targets != engine.Targets)
        {
            throw new StorageException(DerCode.Mismatch, $"engine {engine.Index} was formatted with {superblock.Targets} targets and the configuration says {engine.Targets}; write targets: {superblock.Targets} again. Nothing was changed");
        }

        if (!superblock.Tiers.SequenceEqual(Layout.Described))
        {
            throw new StorageException(DerCode.Mismatch, $"engine {engine.Index} was formatted with the tiers ({string.Join(" | ", superblock.Tiers)}) and the configuration says ({string.Join(" | ", Layout.Described)}); correct 'storage'. Nothing was changed");
        }
    }

    private async Task OpenTierAsync(Superblock superblock, int tier, CancellationToken cancellation)
    {
        ITierMedium medium = Layout.Further[tier];
        bool isOpen = await medium.OpenAsync(cancellation).ConfigureAwait(false);
        string owner = $"{medium.Directory}/{TierFiles.Owner}";
        string? found = isOpen && File.Exists(owner) ? (await File.ReadAllTextAsync(owner, cancellation).ConfigureAwait(false)).Trim() : null;
        if (found != OwnerText(superblock, tier))
        {
            throw new StorageException(DerCode.Mismatch, found is null
                ? $"{medium.Name} holds no tier of engine {engine.Index}, although it was formatted with it; is it the right one, and is it mounted? Nothing was changed"
                : $"{medium.Name} is the tier of another engine or another tier of this one; were two exchanged? Nothing was changed");
        }
    }

    private Superblock Write(uint? rank, Guid uuid)
    {
        var superblock = new Superblock
        {
            Version = Superblock.CurrentVersion,
            Uuid = uuid,
            System = config.Name,
            Rank = rank,
            Targets = engine.Targets,
            Tiers = Layout.Described,
        };
        Directory.CreateDirectory(Layout.Root);
        Directory.CreateDirectory(Layout.DataDirectory);
        for (int tier = 0; tier < Layout.Further.Count; tier++)
        {
            string directory = Layout.Further[tier].Directory;
            Directory.CreateDirectory($"{directory}/{TierFiles.Data}");
            File.WriteAllText($"{directory}/{TierFiles.Owner}", OwnerText(superblock, tier) + "\n");
            Native.DirectorySync.Flush(directory);
        }

        SuperblockFile.Write(Layout.SuperblockPath, superblock);
        return superblock;
    }

    private static string OwnerText(Superblock superblock, int tier) => string.Create(CultureInfo.InvariantCulture, $"{superblock.Uuid} tier {tier + 1}");
}
