namespace Daos.Fabric.Store;

/// <summary>Giving memory back when the store holds less than it did.</summary>
public sealed partial class StoreShard
{
    /// <summary>Slabs that one step looks at: a third of a millisecond when it gives all of them back.</summary>
    private const int ReleaseSlabs = 64;

    private bool _releasing;

    /// <summary>Starts a round in the background when much memory is backed without use; called now and then.</summary>
    private void ReleaseMemoryIfFree()
    {
        if (!_releasing && _state.IsSuccess && Arena.Releaser.IsWorthwhile(Loop.NowNs))
        {
            Arena.Releaser.BeginRound(Loop.NowNs);
            _releasing = true;
            _background++;
            Loop.Spawn(ReleaseMemoryAsync());
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ReleaseMemoryAsync()
    {
        do
        {
            // First of all: whoever called may be in the middle of something.
            await ShardPause.WaitAsync(Loop);
        }
        while (_state.IsSuccess && Arena.Releaser.Step(ReleaseSlabs));

        _releasing = false;
        _background--;
    }
}
