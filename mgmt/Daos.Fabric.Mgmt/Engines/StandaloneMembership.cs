using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>A system of one host: ranks are the engines' places in the configuration, and stay what they were when the storage was formatted.</summary>
internal sealed class StandaloneMembership : IMembership
{
    public ValueTask<uint> RankOfAsync(int index, Superblock superblock, CancellationToken cancellation) => new(superblock.Rank ?? (uint)index);

    public ValueTask JoinAsync(EngineSnapshot engine, CancellationToken cancellation) => ValueTask.CompletedTask;
}
