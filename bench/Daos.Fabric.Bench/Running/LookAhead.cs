using Daos.Fabric.Bench.Engines;
using Daos.Fabric.Bench.Options;

namespace Daos.Fabric.Bench.Running;

/// <summary>
/// A workload whose engine hears of the next operations before they are made, as one does that has a queue of requests at hand
/// (<see cref="JobOptions.LookAhead"/>). Without that option operations are drawn one by one. Owned by one thread.
/// </summary>
internal sealed class LookAhead(Workload workload, IoEngine engine, int count)
{
    private readonly bool[] _reads = new bool[count];
    private readonly long[] _blocks = new long[count];
    private int _next;
    private int _drawn;

    /// <summary>False when everything was issued.</summary>
    internal bool TryNext(out bool read, out long block)
    {
        if (count == 0)
        {
            return workload.TryNext(out read, out block);
        }

        if (_next == _drawn)
        {
            Draw();
        }

        if (_drawn == 0)
        {
            read = false;
            block = 0;
            return false;
        }

        read = _reads[_next];
        block = _blocks[_next++];
        return true;
    }

    private void Draw()
    {
        _next = 0;
        _drawn = 0;
        while (_drawn < count && workload.TryNext(out _reads[_drawn], out _blocks[_drawn]))
        {
            _drawn++;
        }

        engine.Announce(_blocks.AsSpan(0, _drawn));
    }
}
