using Daos.Fabric.Engine.Drpc;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Engine;

/// <content>What daos_server tells the engine. From any foreign thread while the engine runs; each call may answer DER_BUSY.</content>
public sealed partial class EngineServer
{
    private readonly TaskCompletionSource _setUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the engine answers requests; for one that does not await anything, when it was started.</summary>
    public Task WhenSetUp => _setUp.Task;

    /// <summary>Of this life of the engine: higher than that of every earlier one. Once started.</summary>
    public ulong Incarnation => Context.Group.Swim.Incarnation;

    /// <summary>Answers DER_SUCCESS from the system xstream: it turns.</summary>
    public Task<DerCode> PingAsync() => AdminCall.RunAsync(Context.System.Xstream, static () => new ValueTask<DerCode>(DerCode.Success));

    /// <summary>Gives the engine its rank. Success also when it has this one; DER_ALREADY: it has another one; DER_INVAL: that is no rank.</summary>
    public Task<DerCode> SetRankAsync(Rank rank) => AdminCall.RunAsync(
        Context.System.Xstream,
        () => new ValueTask<DerCode>(rank == Rank.None ? DerCode.Invalid : Context.Node.AssignRank(rank)));

    /// <summary>The engine begins to answer requests. Success also when it did before; DER_UNINIT: it has no rank.</summary>
    public Task<DerCode> SetUpAsync() => AdminCall.RunAsync(Context.System.Xstream, () =>
    {
        if (Context.Node.Rank == Rank.None)
        {
            return new ValueTask<DerCode>(DerCode.Uninitialized);
        }

        Context.Node.Open();
        _setUp.TrySetResult();
        return new ValueTask<DerCode>(DerCode.Success);
    });

    /// <summary>
    /// Tells the engine who is in the system. Success also for the version that it has already; DER_GRPVER: it has a newer one; DER_UNINIT: it has no rank;
    /// DER_INVAL: a rank stands there twice, or too many.
    /// </summary>
    public Task<DerCode> UpdateGroupAsync(uint version, IReadOnlyList<GroupMember> members) =>
        AdminCall.RunAsync(Context.System.Xstream, () => Context.Group.UpdateAsync(version, members));

    /// <summary>The system is being stopped: the engine holds nobody dead from now on. It goes on serving.</summary>
    public Task<DerCode> PrepareShutdownAsync() => AdminCall.RunAsync(Context.System.Xstream, Context.Group.PrepareShutdownAsync);

    /// <summary>Pools that have shards here, with the targets that hold them.</summary>
    public Task<DerResult<PoolTargets[]>> ListPoolTargetsAsync() => AdminCall.RunAsync(Context.System.Xstream, () =>
    {
        int[] targets = [.. Enumerable.Range(0, TargetCount)];
        return new ValueTask<DerResult<PoolTargets[]>>(
            (PoolTargets[])[.. Context.Directory.Pools.Where(static p => p.State == RecordState.Ready).Select(p => new PoolTargets(p.Id, targets))]);
    });
}
