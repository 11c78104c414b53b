namespace Daos.Fabric.Rpc.Groups;

/// <summary>The ranks of a group at one version, ascending, numbered as in the primary group. Immutable; any thread.</summary>
public class GroupRanks
{
    private readonly Rank[] _ranks;

    internal GroupRanks(uint version, uint primaryVersion, Rank[] ranks)
    {
        Version = version;
        PrimaryVersion = primaryVersion;
        _ranks = ranks;
    }

    /// <summary>The group's own version.</summary>
    public uint Version { get; }

    /// <summary>The version of the primary group that it stands on; the same for the primary group itself.</summary>
    public uint PrimaryVersion { get; }

    /// <summary>The ranks in ascending order.</summary>
    public ReadOnlySpan<Rank> Ranks => _ranks;

    /// <summary>Number of ranks.</summary>
    public int Count => _ranks.Length;

    /// <summary>Position of a rank in <see cref="Ranks"/>; negative when it is not in the group.</summary>
    public int IndexOf(Rank rank) => IndexOf(_ranks, rank);

    /// <summary>True when the rank is in the group.</summary>
    public bool Contains(Rank rank) => IndexOf(rank) >= 0;

    internal static int IndexOf(ReadOnlySpan<Rank> ranks, Rank rank)
    {
        int low = 0;
        int high = ranks.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (ranks[middle] == rank)
            {
                return middle;
            }

            if (ranks[middle].Value < rank.Value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }
}
