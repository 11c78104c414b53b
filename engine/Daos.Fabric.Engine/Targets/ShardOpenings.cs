using Daos.Fabric.Xstreams.Waiting;

namespace Daos.Fabric.Engine.Targets;

/// <summary>Recovers the shards of one target, a bounded number at the same time. Owned by the target's xstream. Start-up only.</summary>
/// <param name="target">The target.</param>
/// <param name="count">Shards to open.</param>
/// <param name="open">Opens one of them.</param>
/// <param name="codes">Row of the target: how each opening ended.</param>
internal sealed class ShardOpenings(EngineXstream target, int count, Func<int, ValueTask<DerCode>> open, DerCode[,] codes)
{
    private int _next;

    /// <summary>Opens them all; the first failure does not keep the others from being opened.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> RunAsync()
    {
        int openers = Math.Min(count, Limits.OpeningsAtOnce);
        if (openers == 0)
        {
            return DerCode.Success;
        }

        var done = new Future(target.Xstream, openers);
        for (int i = 0; i < openers; i++)
        {
            target.Xstream.Spawn(OpenNextAsync(done));
        }

        return await done.WaitAsync();
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OpenNextAsync(Future done)
    {
        DerCode first = DerCode.Success;
        while (_next < count)
        {
            int index = _next++;
            DerCode code = await open(index);
            codes[target.Target, index] = code;
            first = first.IsError ? first : code;
        }

        done.Set(first);
    }
}
