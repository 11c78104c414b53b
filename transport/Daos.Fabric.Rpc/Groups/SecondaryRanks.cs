namespace Daos.Fabric.Rpc.Groups;

/// <summary>A secondary group at one version: which primary rank stands behind each of its ranks. Immutable; any thread.</summary>
public sealed class SecondaryRanks : GroupRanks
{
    private readonly SecondaryMember[] _bySecondary;
    private readonly SecondaryMember[] _byPrimary;

    internal SecondaryRanks(uint version, uint primaryVersion, SecondaryMember[] bySecondary, SecondaryMember[] byPrimary)
        : base(version, primaryVersion, Array.ConvertAll(byPrimary, static m => m.Primary))
    {
        _bySecondary = bySecondary;
        _byPrimary = byPrimary;
    }

    /// <summary>The members in ascending order of their secondary ranks.</summary>
    public ReadOnlySpan<SecondaryMember> Members => _bySecondary;

    /// <summary>The primary rank behind a secondary one; DER_OOG when there is none (CART: crt_group_rank_s2p).</summary>
    public DerResult<Rank> ToPrimary(Rank secondary)
    {
        int index = Array.BinarySearch(_bySecondary, new SecondaryMember(secondary, default), BySecondary.Instance);
        return index < 0 ? DerCode.Oog : _bySecondary[index].Primary;
    }

    /// <summary>The secondary rank of a primary one; DER_OOG when it is not in the group (CART: crt_group_rank_p2s).</summary>
    public DerResult<Rank> ToSecondary(Rank primary)
    {
        int index = IndexOf(primary);
        return index < 0 ? DerCode.Oog : _byPrimary[index].Secondary;
    }

    private sealed class BySecondary : IComparer<SecondaryMember>
    {
        internal static BySecondary Instance { get; } = new();

        public int Compare(SecondaryMember x, SecondaryMember y) => x.Secondary.Value.CompareTo(y.Secondary.Value);
    }
}
