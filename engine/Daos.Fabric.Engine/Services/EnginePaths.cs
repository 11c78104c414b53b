using System.Globalization;
using Daos.Fabric.Engine.Devices;

namespace Daos.Fabric.Engine.Services;

/// <summary>
/// Where things lie below the storage directory: <c>system/</c>, <c>targets/N/</c>, <c>pools/UUID/target-N/</c>, and <c>formatting</c> while the first start
/// has not finished. With tiers the pools lie in those, below <c>pools/</c> as well, each with what its roles are. Any thread.
/// </summary>
internal sealed class EnginePaths(string root, IReadOnlyList<StorageTier> tiers)
{
    public string Root { get; } = Trim(root);

    /// <summary>With their roles; none when everything lies in the storage directory.</summary>
    public IReadOnlyList<StorageTier> Tiers { get; } = [.. tiers.Select(static t => t.IsShared ? t : t with { Path = Trim(t.Path) })];

    /// <summary>The system store.</summary>
    public string System => $"{Root}/system";

    /// <summary>Exists while the system store is being made: nothing in it counts yet.</summary>
    public string FormattingMark => $"{Root}/formatting";

    /// <summary>One empty directory per target: how many the storage was formatted for.</summary>
    public string Targets => $"{Root}/targets";

    /// <summary>A pool's directories, one in each tier that is a directory.</summary>
    public IEnumerable<string> Pool(PoolId pool) => Roots.Select(r => PoolIn(r, pool));

    /// <summary>The directories of a pool's shard on one target, one in each tier that is a directory.</summary>
    public IEnumerable<string> ShardParts(PoolId pool, int target) => Roots.Select(r => ShardIn(r, pool, target));

    /// <summary>A pool's shard on one target: where its metadata lies.</summary>
    public string Shard(PoolId pool, int target) => ShardIn(RootOf(DeviceRoles.Meta), pool, target);

    /// <summary>Where log and data of the shard lie.</summary>
    public RolePaths RolesOf(PoolId pool, int target) => new()
    {
        Wal = ShardIn(RootOf(DeviceRoles.Wal), pool, target),
        Data = ShardIn(RootOf(DeviceRoles.Data), pool, target),
    };

    private IEnumerable<string> Roots => Tiers.Count == 0 ? [Root] : Tiers.Where(static t => !t.IsShared).Select(static t => t.Path);

    // What lies in blobs needs no directory; the path is then a name in messages.
    private string RootOf(DeviceRoles role) => Tiers.FirstOrDefault(t => !t.IsShared && (t.Roles & role) != 0)?.Path ?? Root;

    private static string PoolIn(string root, PoolId pool) => $"{root}/pools/{pool}";

    private static string ShardIn(string root, PoolId pool, int target) =>
        $"{PoolIn(root, pool)}/target-{target.ToString(CultureInfo.InvariantCulture)}";

    private static string Trim(string path) => path.Length > 1 ? path.TrimEnd('/') : path;
}
