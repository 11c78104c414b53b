using Daos.Fabric.Store.Scrubbing;

namespace Daos.Fabric.Store;

/// <summary>Comparing stored values with their checksums in the background.</summary>
public sealed partial class StoreShard
{
    private Scrubber? _scrubber;

    /// <summary>Figures of the scrubber since it was started last; zeros when it never was.</summary>
    public ScrubStatistics ScrubStatistics => _scrubber?.Statistics ?? default;

    /// <summary>What the shard was asked for so far: updates, fetches and punches begun.</summary>
    public long OperationCount => Objects.OperationCount;

    /// <summary>
    /// Starts to scrub; nothing happens with <see cref="ScrubMode.Off"/>. A scrubber that runs must be stopped first. Closing the shard ends
    /// it. <see cref="ArgumentException"/> for options out of range.
    /// </summary>
    public void StartScrub(ScrubOptions options)
    {
        Loop.Assert();
        options.Validate();
        Invariant.Check(_scrubber is not { IsRunning: true });
        if (options.Mode != ScrubMode.Off)
        {
            _scrubber = new Scrubber(this, options);
            _background++;
            Loop.Schedule(new ScrubStart(this) { SchedulingClass = options.SchedulingClass });
        }
    }

    /// <summary>Ends the scrubber and waits until it does nothing any more.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public async ValueTask StopScrubAsync()
    {
        Loop.Assert();
        _scrubber?.Stop();
        while (_scrubber is { IsRunning: true })
        {
            await ShardPause.WaitAsync(Loop);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ScrubAsync()
    {
        await _scrubber!.RunAsync();
        _background--;
    }

    // The class of the item that starts a ULT is the ULT's.
    private sealed class ScrubStart(StoreShard shard) : WorkItem
    {
        protected override void Execute() => shard.Loop.Spawn(shard.ScrubAsync());
    }
}
