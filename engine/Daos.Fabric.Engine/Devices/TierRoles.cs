namespace Daos.Fabric.Engine.Devices;

/// <summary>
/// Which tier has which roles, by DAOS's rules: either all tiers name their roles or none does, each role lies on one tier, and log and data share
/// one only together with the metadata. Without names one tier has all roles; of two the first has the log; of three the first has the log, the
/// second the metadata and the third the data. Pure.
/// </summary>
internal static class TierRoles
{
    private const DeviceRoles All = DeviceRoles.Wal | DeviceRoles.Meta | DeviceRoles.Data;
    private const int TiersMax = 3;

    /// <summary>The tiers with their roles; throws <see cref="ArgumentException"/> with a sentence.</summary>
    internal static IReadOnlyList<StorageTier> Assign(IReadOnlyList<StorageTier> tiers)
    {
        int named = tiers.Count(static t => t.Roles != DeviceRoles.None);
        if (tiers.Count > TiersMax)
        {
            throw Wrong($"there are {tiers.Count} tiers; the three roles lie on at most {TiersMax}");
        }

        if (tiers.Select(static t => t.Path.TrimEnd('/')).Distinct(StringComparer.Ordinal).Count() != tiers.Count)
        {
            throw Wrong("two tiers have the same path");
        }

        string[] devices = [.. tiers.SelectMany(static t => t.Devices)];
        if (devices.Distinct(StringComparer.Ordinal).Count() != devices.Length)
        {
            throw Wrong("a device is named twice");
        }

        if (named != 0 && named != tiers.Count)
        {
            throw Wrong("some tiers name their roles and some do not; name them all or none");
        }

        return named > 0 ? Check(tiers) : [.. tiers.Select((t, i) => t with { Roles = ByOrder(i, tiers.Count) })];
    }

    private static DeviceRoles ByOrder(int index, int count) => (index, count) switch
    {
        (_, 1) => All,
        (0, _) => DeviceRoles.Wal,
        (1, 2) => DeviceRoles.Meta | DeviceRoles.Data,
        (1, _) => DeviceRoles.Meta,
        _ => DeviceRoles.Data,
    };

    private static IReadOnlyList<StorageTier> Check(IReadOnlyList<StorageTier> tiers)
    {
        foreach (DeviceRoles role in (DeviceRoles[])[DeviceRoles.Wal, DeviceRoles.Meta, DeviceRoles.Data])
        {
            int count = tiers.Count(t => (t.Roles & role) != 0);
            if (count != 1)
            {
                throw Wrong($"the role {NameOf(role)} lies on {count} tiers; each role lies on one");
            }
        }

        return tiers.Any(static t => t.Roles == (DeviceRoles.Wal | DeviceRoles.Data))
            ? throw Wrong("log and data share a tier without the metadata; put the metadata there too, or one of them elsewhere")
            : tiers;
    }

    private static string NameOf(DeviceRoles role) => role.ToString().ToLowerInvariant();

    private static ArgumentException Wrong(string sentence) => new($"storage tiers: {sentence}");
}
