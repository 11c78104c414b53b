namespace Daos.Fabric.Rpc.Collectives;

/// <summary>How a collective ended, for all ranks of a tree or of a part of it. Immutable.</summary>
/// <param name="Reached">Ranks that ran it (whatever their part returned).</param>
/// <param name="Failed">Ranks that did not, or of which it is not known.</param>
/// <param name="FailedRank">Where it failed first; <see cref="Rank.None"/> when it did not.</param>
/// <param name="FailedCode">Why; DER_GRPVER before everything else, because then trying again at the newer version helps.</param>
public readonly record struct CollectiveResult(int Reached, int Failed, Rank FailedRank, DerCode FailedCode)
{
    /// <summary>
    /// Success when all ran it with success; DER_GRPVER when a rank works by another version of the group; DER_CORPC_INCOMPLETE when some
    /// did not run it; else the first failure of a rank's part.
    /// </summary>
    public DerCode Code => FailedCode == DerCode.GroupVersion || Failed == 0 ? FailedCode : DerCode.CorpcIncomplete;

    /// <summary>For <see cref="Failed"/>: the ranks below could not be counted, the parent can.</summary>
    internal const int NotCounted = -1;

    /// <summary>A failure of so many ranks.</summary>
    internal static CollectiveResult Fail(DerCode code, Rank rank, int ranks) => new(0, ranks, rank, code);
}
