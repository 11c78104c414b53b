namespace Daos.Fabric.Store.Media;

/// <content>Several runs for one value, when there is no single one that holds it (DAOS: gang allocation).</content>
internal sealed unsafe partial class DataSpace
{
    // At about 20 ns each.
    private const int LooksMax = 1 << 18;

    private readonly LongestRuns _longest = new(LooksMax);

    /// <summary>Values that were scattered since the shard was opened.</summary>
    internal long ScatteredCount { get; private set; }

    /// <summary>
    /// Takes the fewest free runs that hold so many bytes, in memory only, after <see cref="Reserve"/> found no single one. DER_NOSPACE when
    /// there are not so many blocks, or so many runs do not hold them.
    /// </summary>
    /// <param name="bytes">How many.</param>
    /// <param name="runsMax">Runs at most.</param>
    /// <param name="runs">What was taken, each to be published or cancelled; valid until the next call.</param>
    internal DerCode ReserveScattered(long bytes, int runsMax, out ReadOnlySpan<DataExtent> runs)
    {
        runs = [];
        uint blocks = DataExtent.BlocksFor(bytes);
        bool isAllowed = _free.Count - blocks >= ReserveBytes / DataExtent.BlockBytes;
        if (runsMax < 1 || AllocationProbe.Refuses(OnAllocate, AllocationKind.Blocks) || !isAllowed || !_longest.TryFind(_free, blocks, runsMax))
        {
            return DerCode.NoSpace;
        }

        runs = _longest.Found;
        foreach (DataExtent run in runs)
        {
            _free.Remove((long)run.Block, run.Blocks);
            UnpublishedBytes += run.LengthBytes;
        }

        ScatteredCount += runs.Length > 1 ? 1 : 0;
        return DerCode.Success;
    }
}
