using System.Globalization;

namespace Daos.Fabric.Engine.Services;

/// <summary>
/// Where things lie below the storage directory: <c>system/</c>, <c>targets/N/</c>, <c>pools/UUID/target-N/</c>, and <c>formatting</c> while the first start
/// has not finished. Any thread.
/// </summary>
internal sealed class EnginePaths(string root)
{
    public string Root { get; } = root.Length > 1 ? root.TrimEnd('/') : root;

    /// <summary>The system store.</summary>
    public string System => $"{Root}/system";

    /// <summary>Exists while the system store is being made: nothing in it counts yet.</summary>
    public string FormattingMark => $"{Root}/formatting";

    /// <summary>One empty directory per target: how many the storage was formatted for.</summary>
    public string Targets => $"{Root}/targets";

    /// <summary>A pool's directory.</summary>
    public string Pool(PoolId pool) => $"{Root}/pools/{pool}";

    /// <summary>A pool's shard on one target.</summary>
    public string Shard(PoolId pool, int target) => $"{Pool(pool)}/target-{target.ToString(CultureInfo.InvariantCulture)}";
}
