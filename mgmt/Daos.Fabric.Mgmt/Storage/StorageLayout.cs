using Daos.Fabric.Mgmt.Configuration;

namespace Daos.Fabric.Mgmt.Storage;

/// <summary>Where an engine's storage lies and on what. Immutable.</summary>
internal sealed class StorageLayout
{
    internal StorageLayout(ServerConfig config, EngineConfig engine, IHostStorage host)
    {
        // On a RAM disk alone nothing survives anyway, so its superblock dies with it.
        bool isRamOnly = engine.Scm.Class == TierClass.Ram && engine.Tiers.Count == 0;
        bool isMetadataApart = config.MetadataPath.Length > 0 && !isRamOnly;
        Root = isMetadataApart ? string.Create(CultureInfo.InvariantCulture, $"{config.MetadataPath.TrimEnd('/')}/daos_control/engine{engine.Index}") : Trim(engine.Scm.Mount);
        // An engine holds its metadata in memory of its own: beside durable tiers a RAM disk would stay empty and is not mounted.
        bool isFirstUsed = engine.Scm.Class != TierClass.Ram || isRamOnly;
        First = isFirstUsed ? FirstOf(config, engine, host) : null;
        DataDirectory = $"{(isFirstUsed ? Trim(engine.Scm.Mount) : Root)}/{TierFiles.Data}";
        RootMedium = isMetadataApart ? new DirectoryMedium(Root) : null;
        Further = [.. engine.Tiers.Select((t, i) => FurtherOf(engine, t, i, host))];
        Described = [Describe(engine.Scm, engine.Scm.Mount), .. engine.Tiers.Select(static t => Describe(t, t.Device))];
    }

    /// <summary>Where the superblock lies.</summary>
    internal string Root { get; }

    /// <summary>The superblock.</summary>
    internal string SuperblockPath => $"{Root}/{Superblock.FileName}";

    /// <summary>The engine's storage directory.</summary>
    internal string DataDirectory { get; }

    /// <summary>The superblock's directory when it is apart from the first tier.</summary>
    internal ITierMedium? RootMedium { get; }

    /// <summary>The first tier; null when it is a RAM disk that nothing would lie on.</summary>
    internal ITierMedium? First { get; }

    /// <summary>The tiers of log, metadata and data.</summary>
    internal IReadOnlyList<ITierMedium> Further { get; }

    /// <summary>What the superblock remembers of the tiers.</summary>
    internal IReadOnlyList<string> Described { get; }

    /// <summary>All of them in the order in which they are opened and formatted.</summary>
    internal IEnumerable<ITierMedium> Media => new[] { RootMedium, First }.OfType<ITierMedium>().Concat(Further);

    private static ITierMedium FirstOf(ServerConfig config, EngineConfig engine, IHostStorage host) => engine.Scm.Class switch
    {
        TierClass.Ram => new RamMedium(Trim(engine.Scm.Mount), engine.Scm.SizeBytes ?? RamBytes(config, host), engine.Scm.HugePages, host),
        TierClass.Dcpm => new DeviceMedium(engine.Scm.Device, Trim(engine.Scm.Mount), Label(engine, 0), isDax: true, host),
        _ => new DirectoryMedium(Trim(engine.Scm.Mount)),
    };

    private ITierMedium FurtherOf(EngineConfig engine, TierConfig tier, int index, IHostStorage host)
    {
        string mount = string.Create(CultureInfo.InvariantCulture, $"{Root}/{TierFiles.Mounts}/tier{index + 1}");
        return tier.Class switch
        {
            TierClass.File => new FileMedium(tier.Device, tier.SizeBytes!.Value, mount, Label(engine, index + 1), host),
            TierClass.Kdev or TierClass.Nvme => new DeviceMedium(tier.Device, mount, Label(engine, index + 1), isDax: false, host),
            _ => new DirectoryMedium(Trim(tier.Device)),
        };
    }

    private static string Label(EngineConfig engine, int tier) =>
        string.Create(CultureInfo.InvariantCulture, $"{Hardware.Signatures.LabelPrefix}e{engine.Index}t{tier}");

    // The same for every engine on a RAM disk: half of what is there stays, or what is reserved when that is less.
    private static long RamBytes(ServerConfig config, IHostStorage host)
    {
        long available = host.MemoryAvailableBytes;
        int disks = config.Engines.Count(static e => e.Scm.Class == TierClass.Ram && e.Tiers.Count == 0);
        return (available - Math.Min(config.ReservedRamBytes, available / 2)) / Math.Max(1, disks) / (1 << 20) * (1 << 20);
    }

    private static string Describe(TierConfig tier, string place) =>
        $"{tier.Class.ToString().ToLowerInvariant()} {place}{(tier.Roles.Count > 0 ? $" [{string.Join(", ", tier.Roles.Order(StringComparer.Ordinal))}]" : "")}";

    private static string Trim(string path) => path.Length > 1 ? path.TrimEnd('/') : path;
}
