using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media.Trimming;

/// <summary>
/// Where blocks became free lately: regions of the data file wait for a while, and what is free in them then, and long enough to be worth a call,
/// is trimmed. A region that goes on changing waits on. Each region stands in the queue once at most. Owned by one owner thread.
/// </summary>
/// <remarks>Only what is free is ever handed out, and it is not free while it is: nobody can reserve it until it comes back.</remarks>
internal sealed class TrimQueue : IDisposable
{
    private const int QueueFirst = 1024;
    private const int RunRegionsMax = 16;
    private const int RunDivisor = 16;

    private const byte Queued = 1;
    private const byte Renewed = 2;
    private const byte Done = 4;

    private readonly FreeBlocks _free;
    private readonly OwnerLoop _loop;
    private readonly int _regionBlocks;
    private readonly long _delayNs;
    private NativeQueue<Waiting> _queue = new(QueueFirst);
    private NativeTable<byte> _regions;
    private long _totalBlocks;
    private long _cursor = -1;

    /// <param name="free">What is free; changed by this.</param>
    /// <param name="loop">Says the time.</param>
    /// <param name="totalBlocks">Size of the data file.</param>
    /// <param name="regionBlocks">Blocks that are looked at together.</param>
    /// <param name="delayNs">How long they wait.</param>
    internal TrimQueue(FreeBlocks free, OwnerLoop loop, long totalBlocks, int regionBlocks, long delayNs)
    {
        _free = free;
        _loop = loop;
        _regionBlocks = regionBlocks;
        _delayNs = delayNs;
        _totalBlocks = totalBlocks;
        _regions = new NativeTable<byte>(RegionsFor(totalBlocks));
    }

    private int RunBlocksMin => Math.Max(1, _regionBlocks / RunDivisor);

    /// <summary>The data file has more blocks.</summary>
    internal void Enlarge(long totalBlocks)
    {
        long regions = RegionsFor(totalBlocks);
        _totalBlocks = totalBlocks;
        if (regions <= _regions.Length)
        {
            return;
        }

        var larger = new NativeTable<byte>(regions);
        for (long i = 0; i < _regions.Length; i++)
        {
            larger[i] = _regions[i];
        }

        _regions.Dispose();
        _regions = larger;
    }

    /// <summary>Blocks that held something became free.</summary>
    internal void NoteFree(long block, long count)
    {
        for (long region = block / _regionBlocks; region <= (block + count - 1) / _regionBlocks; region++)
        {
            if ((_regions[region] & Queued) != 0)
            {
                _regions[region] |= Renewed;
                continue;
            }

            _regions[region] = Queued;
            _queue.Enqueue(new Waiting(region, _loop.NowNs + _delayNs));
        }
    }

    /// <summary>Takes a free run that waited long enough out of what is free. False when there is none now.</summary>
    internal bool TryTake(out DataExtent run)
    {
        run = default;
        while (_queue.Count > 0 && _queue.Peek().DueNs <= _loop.NowNs)
        {
            long region = _queue.Peek().Region;
            byte flags = _regions[region];
            bool goesOnChanging = (flags & Renewed) != 0 && _cursor < 0;
            if (goesOnChanging || (flags & Done) != 0 || !TryFindRun(region, out run))
            {
                Pop(region);
            }
            else
            {
                _free.Remove((long)run.Block, run.Blocks);
                return true;
            }
        }

        return false;
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _regions.Dispose();
    }

    private long RegionsFor(long blocks) => (blocks + _regionBlocks - 1) / _regionBlocks;

    private long EndOf(long region) => Math.Min((region + 1) * _regionBlocks, _totalBlocks);

    private void Pop(long region)
    {
        _queue.Dequeue();
        _cursor = -1;

        // Freed again since: once more, later.
        bool isRenewed = (_regions[region] & Renewed) != 0;
        _regions[region] = 0;
        if (isRenewed)
        {
            _regions[region] = Queued;
            _queue.Enqueue(new Waiting(region, _loop.NowNs + _delayNs));
        }
    }

    // The next run of the region at the head of the queue; a run that reaches its end goes on into regions that wait too.
    private bool TryFindRun(long region, out DataExtent run)
    {
        long end = EndOf(region);
        long block = _cursor < 0 ? region * _regionBlocks : _cursor;
        while (block < end)
        {
            long start = block;
            while (block < end && _free.IsFree(block))
            {
                block++;
            }

            if (block == end && block > start)
            {
                block = Extend(region, end);
            }

            if (block - start >= RunBlocksMin)
            {
                _cursor = Math.Min(block, end);
                run = new DataExtent((ulong)start, (uint)(block - start));
                return true;
            }

            block++;
        }

        run = default;
        return false;
    }

    private long Extend(long region, long end)
    {
        for (long next = region + 1; next < _regions.Length && next <= region + RunRegionsMax && _regions[next] == Queued; next++)
        {
            for (long block = next * _regionBlocks; block < EndOf(next); block++)
            {
                if (!_free.IsFree(block))
                {
                    return end;
                }
            }

            _regions[next] |= Done;
            end = EndOf(next);
        }

        return end;
    }

    private readonly record struct Waiting(long Region, long DueNs);
}
