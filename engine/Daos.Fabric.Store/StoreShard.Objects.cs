using Daos.Fabric.Store.Containers;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Results;

namespace Daos.Fabric.Store;

/// <summary>Containers, updates, fetches and results: the calls of the engine's handlers.</summary>
public sealed unsafe partial class StoreShard
{
    /// <summary>What the arena holds.</summary>
    internal ObjectStore Objects { get; private set; } = null!;

    /// <summary>Starts an update. Free the plan in every case.</summary>
    public UpdatePlan BeginUpdate(in ObjectTarget target)
    {
        Loop.Assert();
        return Objects.BeginUpdate(in target);
    }

    /// <summary>Starts a fetch. Free the plan in every case.</summary>
    public FetchPlan BeginFetch(in ObjectTarget target)
    {
        Loop.Assert();
        return Objects.BeginFetch(in target);
    }

    /// <summary>Targets that <see cref="Prefetch"/> was told of.</summary>
    public long PrefetchedCount { get; private set; }

    /// <summary>
    /// For a caller with several updates or fetches at hand: brings what they will look at into the processor's cache, all of them together,
    /// so that in a store larger than the caches they wait for memory once instead of one after the other. Only container, object and dkey
    /// count. A hint: it changes nothing, may be left out, and is forgotten soon, so give a few dozen at a time and run them next.
    /// </summary>
    public void Prefetch(ReadOnlySpan<ObjectTarget> targets)
    {
        Loop.Assert();
        PrefetchedCount += targets.Length;
        Objects.Prefetcher.Prefetch(targets);
    }

    /// <summary>
    /// Looks for the first answer to a modification, before anything is done for it. Success: answer with it once
    /// <paramref name="position"/> is stable; DER_NONEXIST: execute it; DER_EP_OLD: it was answered long ago, answer that; DER_INVAL.
    /// Commits look again, so that a resend which overtakes its original changes nothing either.
    /// </summary>
    public DerCode FindResult(in ModificationId id, out StoredResult result, out LogPosition position)
    {
        Loop.Assert();
        return Objects.FindResult(in id, out result, out position);
    }

    /// <summary>Forgets a client and its results. DER_NONEXIST; DER_AGAIN: await <see cref="AdmitAsync"/>.</summary>
    public DerCode EvictClient(Guid clientId, out LogPosition position)
    {
        Loop.Assert();
        return Objects.EvictClient(clientId, out position);
    }

    /// <summary>A client whose newest result is older than an epoch, for eviction; an empty id when there is none.</summary>
    public Guid FirstClientIdleSince(Epoch epoch) => Objects.Results.FirstIdleSince(epoch.Value);

    /// <summary>Creates a container. DER_EXIST, DER_NOSPACE; DER_AGAIN: await <see cref="AdmitAsync"/>. Answer once the position is stable.</summary>
    public DerCode CreateContainer(ContainerId id, out LogPosition position)
    {
        Loop.Assert();
        return Objects.CreateContainer(id, out position);
    }

    /// <summary>
    /// Destroys a container: its id is free at once, its space comes back by steps. DER_NONEXIST; DER_AGAIN: await
    /// <see cref="AdmitAsync"/>. Answer once the position is stable.
    /// </summary>
    public DerCode DestroyContainer(ContainerId id, out LogPosition position)
    {
        Loop.Assert();
        return Objects.DestroyContainer(id, out position);
    }

    /// <summary>True when there is such a container.</summary>
    public bool ContainerExists(ContainerId id) => Objects.Containers.Find(id) != 0;

    /// <summary>Every container, in the order of their ids.</summary>
    public IReadOnlyList<ContainerId> ListContainers() => Objects.Containers.List();

    partial void FormatTrees(ref DerCode code) => code = ObjectStore.Format(Arena, Transaction);

    partial void CloseTrees() => Objects?.Digests.Clear();

    partial void OpenTrees(ref DerCode code, ref Epoch highestEpoch)
    {
        // No epoch lies above the durable ceiling of the clock (ObjectStore.EpochOf), so there is nothing to raise beyond it.
        DerResult<ObjectStore> opened = ObjectStore.Open(this);
        code = opened.Code;
        if (code.IsSuccess)
        {
            Objects = opened.Value;
        }
    }
}
