using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store;
using StoreTarget = Daos.Fabric.Store.Io.ObjectTarget;

namespace Daos.Fabric.Engine.Objects;

/// <summary>
/// Updates and fetches that came together wait for memory together: what they will look at is brought into the processor's cache when the
/// first of them runs (<see cref="StoreShard.Prefetch"/>). Owned by the target's xstream.
/// </summary>
internal sealed unsafe class ObjectLookAhead(EngineXstream xstream)
{
    /// <summary>Requests looked ahead of together; one or two would gain nothing.</summary>
    private const int GroupMax = 16;
    private const int GroupMin = 3;

    private readonly RpcRequest?[] _arrived = new RpcRequest?[GroupMax];
    private readonly StoreTarget[] _targets = new StoreTarget[GroupMax];
    private int _count;

    /// <summary>A request was queued.</summary>
    public void Note(RpcRequest request)
    {
        if (_count == GroupMax)
        {
            Run();
        }

        _arrived[_count++] = request;
    }

    /// <summary>A request is about to be handled: looks ahead of those that came since.</summary>
    public void Run()
    {
        if (_count == 0)
        {
            return;
        }

        int arrived = _count;
        _count = 0;
        if (arrived < GroupMin)
        {
            return;
        }

        StoreShard? shard = null;
        int targets = 0;
        for (int i = 0; i < arrived; i++)
        {
            if (Locate(_arrived[i]!, out _targets[targets]) is not { } store || (shard is not null && store != shard))
            {
                // Of another pool: they are rarely mixed, and go without.
                continue;
            }

            shard = store;
            targets++;
        }

        shard?.Prefetch(_targets.AsSpan(0, targets));
    }

    // Some may have ended meanwhile, or run: the first of a group does when it looks ahead. Their slots may hold other requests now.
    private StoreShard? Locate(RpcRequest request, out StoreTarget target)
    {
        target = default;
        bool isHere = request.IsQueued
            && (request.Opcode == ObjectOpcodes.Update || request.Opcode == ObjectOpcodes.Fetch)
            && (request.Flags & RpcFlags.Large) == 0;
        if (!isHere || !ObjectIoRequest.TryPeek(request.PayloadAddress, request.PayloadBytes, out ObjectTarget asked, out byte* dkey, out int dkeyBytes))
        {
            return null;
        }

        // A store whose gate is closed may be gone.
        if (xstream.Handles.Find(asked.ContainerHandle) is not { Shard.Gate.IsClosed: false } container)
        {
            return null;
        }

        target = new StoreTarget { Container = container.Container, Object = asked.ObjectId, Dkey = dkey, DkeyLength = dkeyBytes };
        return container.Shard.Store;
    }
}
