namespace Daos.Fabric.Store.Media;

/// <summary>
/// Finds the fewest free runs that hold so many blocks: the longest there are, by one look at all free blocks. In a data file with more runs
/// than one look may take (a few ms), the longest among those, and the next look goes on behind them. Reused; owned by one owner thread.
/// </summary>
/// <param name="looksMax">Runs looked at in a call.</param>
internal sealed class LongestRuns(int looksMax)
{
    // The shortest that was kept comes out first.
    private readonly PriorityQueue<DataExtent, uint> _kept = new();
    private readonly List<DataExtent> _found = [];
    private long _from;

    /// <summary>What was found, in the order of their places; the last one that was needed is cut to what was still missing.</summary>
    internal ReadOnlySpan<DataExtent> Found => CollectionsMarshal.AsSpan(_found);

    /// <summary>Looks; false when so many runs do not hold so many blocks. Nothing is taken.</summary>
    /// <param name="free">Where to look.</param>
    /// <param name="blocks">How many blocks.</param>
    /// <param name="runsMax">How many runs at most.</param>
    internal bool TryFind(FreeBlocks free, uint blocks, int runsMax)
    {
        _kept.Clear();
        _found.Clear();
        int looksLeft = looksMax;
        long at = _from;
        _from = 0;
        for (; free.TryNextRun(at, out long start, out long count); at = start + count)
        {
            if (looksLeft-- == 0)
            {
                _from = start;
                break;
            }

            uint here = (uint)Math.Min(count, blocks);
            if (_kept.Count < runsMax)
            {
                _kept.Enqueue(new DataExtent((ulong)start, here), here);
            }
            else
            {
                _kept.EnqueueDequeue(new DataExtent((ulong)start, here), here);
            }
        }

        return TryChoose(blocks);
    }

    private bool TryChoose(uint blocks)
    {
        while (_kept.TryDequeue(out DataExtent run, out _))
        {
            _found.Add(run);
        }

        long missing = blocks;
        int used = _found.Count;
        while (missing > 0 && used > 0)
        {
            used--;
            DataExtent run = _found[used];
            _found[used] = run with { Blocks = (uint)Math.Min(run.Blocks, missing) };
            missing -= _found[used].Blocks;
        }

        _found.RemoveRange(0, used);
        CollectionsMarshal.AsSpan(_found).Sort(static (a, b) => a.Block.CompareTo(b.Block));
        return missing == 0;
    }
}
