using Daos.Fabric.Core.Time;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Containers;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Reclaim;
using Daos.Fabric.Store.Results;
using Daos.Fabric.Store.Snapshots;
using Daos.Fabric.Store.Timestamps;
using Daos.Fabric.Store.Transactions.Tables;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>
/// Everything that hangs on the root record of a shard: containers, objects, keys, versions and results, and the state outside the arena
/// that goes with them. The shard owns the arena, the log and the media; this class knows what they hold. Owned by one xstream.
/// </summary>
internal sealed unsafe partial class ObjectStore
{
    private const int CommitsPerSpaceCheck = 64;

    private readonly HybridLogicalClock _hlc;
    private int _commitsToSpaceCheck = CommitsPerSpaceCheck;
    private readonly OwnerPool<UpdatePlan> _updatePlans = new();
    private readonly OwnerPool<FetchPlan> _fetchPlans = new();
    private readonly OwnerPool<TransactionPlan> _transactionPlans = new();

    private ObjectStore(StoreShard shard, TreeMemory memory)
    {
        Shard = shard;
        Memory = memory;
        _hlc = shard.Options.Hlc;
        HighestEpoch = memory.Arena.Header->HlcCeiling;
        Reads = new ReadTimestamps(HighestEpoch);
        Containers = new ContainerTable(memory);
        Snapshots = new SnapshotTable(memory);
        Objects = new ObjectIndex(memory);
        Results = new ResultTable(memory);
        Corruption = new CorruptionLog(shard.Options.OnCorrupted, shard.Options.Health);
        var windows = new ExtentWindows(memory);
        Puncher = new Puncher(this);
        KeyLister = new KeyLister(this);
        ExtentLister = new ExtentLister(this, windows);
        KeyQuery = new KeyQuery(this, windows);
        Iterator = new StoreIterator(this, windows);
        Activity = new WriteActivity(HighestEpoch);
        SnapshotCalls = new SnapshotCalls(this);
        Transactions = new TransactionTables(this);
        Reclaimer = new Reclaimer(this);
        Aggregator = new Aggregator(this);
        Discarder = new Discarder(this);
        ArrayRemover = new ArrayRemover(this);
        Prefetcher = new Prefetcher(this);
    }

    /// <summary>The shard around it.</summary>
    public StoreShard Shard { get; }

    /// <summary>Arena and transaction.</summary>
    public TreeMemory Memory { get; }

    /// <summary>The container table.</summary>
    public ContainerTable Containers { get; }

    /// <summary>Epochs of containers that stay readable.</summary>
    public SnapshotTable Snapshots { get; }

    /// <summary>The object index.</summary>
    public ObjectIndex Objects { get; }

    /// <summary>Results of modifications.</summary>
    public ResultTable Results { get; }

    /// <summary>No modification was applied above it, in this life of the shard or an earlier one.</summary>
    public ulong HighestEpoch { get; private set; }

    /// <summary>Punches.</summary>
    public Puncher Puncher { get; }

    /// <summary>Listings of keys.</summary>
    public KeyLister KeyLister { get; }

    /// <summary>Listings of extents.</summary>
    public ExtentLister ExtentLister { get; }

    /// <summary>Key queries.</summary>
    public KeyQuery KeyQuery { get; }

    /// <summary>Iterations.</summary>
    public StoreIterator Iterator { get; }

    /// <summary>Transactions that others decide.</summary>
    public TransactionTables Transactions { get; }

    /// <summary>Brings space back.</summary>
    public Reclaimer Reclaimer { get; }

    /// <summary>Goes through old versions in the background.</summary>
    public Aggregator Aggregator { get; }

    /// <summary>Takes back what was written in a range of epochs.</summary>
    public Discarder Discarder { get; }

    /// <summary>Takes extents out of arrays.</summary>
    public ArrayRemover ArrayRemover { get; }

    /// <summary>Looks ahead of operations.</summary>
    public Prefetcher Prefetcher { get; }

    /// <summary>Creation and destruction of snapshots.</summary>
    public SnapshotCalls SnapshotCalls { get; }

    /// <summary>What was written since the last aggregation.</summary>
    public WriteActivity Activity { get; }

    /// <summary>Who read what until when.</summary>
    public ReadTimestamps Reads { get; }

    /// <summary>Hash states for checksums of values that come in pieces.</summary>
    public DigestPool Digests { get; } = new();

    /// <summary>Damage that reads found.</summary>
    public CorruptionLog Corruption { get; }

    /// <summary>What is committed but not stable.</summary>
    public UnstableEpochs Unstable { get; } = new();

    /// <summary>Writes the root record into an empty arena, in a transaction of its own. DER_NOSPACE.</summary>
    public static DerCode Format(Arena arena, LocalTransaction transaction)
    {
        DerCode code = transaction.Begin();
        if (code.IsError)
        {
            return code;
        }

        ulong root = transaction.Allocate(StoreRootDf.SizeBytes);
        if (root == 0)
        {
            transaction.Abort();
            return DerCode.NoSpace;
        }

        arena.At<StoreRootDf>(root)->Version = StoreRootDf.VersionValue;
        transaction.ModifyRoot(StoreRootDf.RootSlot, root);
        return transaction.Commit(out _);
    }

    /// <summary>Opens what Format made. DER_DF_INVAL without a root record, DER_DF_INCOMPT for a newer layout.</summary>
    public static DerResult<ObjectStore> Open(StoreShard shard)
    {
        Arena arena = shard.Arena;
        ulong root = arena.Root(StoreRootDf.RootSlot);
        if (root == 0)
        {
            return DerCode.DfInval;
        }

        if (arena.At<StoreRootDf>(root)->Version != StoreRootDf.VersionValue)
        {
            return DerCode.DfIncompt;
        }

        return new ObjectStore(shard, new TreeMemory(arena, shard.Transaction));
    }

    /// <summary>
    /// Opens the transaction of a modification. DER_AGAIN, DER_IO, DER_SHUTDOWN as <see cref="LocalTransaction.Begin"/>.
    /// </summary>
    public DerCode BeginTransaction(bool freesSpace = false)
    {
        Unstable.Trim(Shard.StablePosition);
        return Memory.Transaction.Begin(freesSpace);
    }

    /// <summary>Commits what was written at an epoch.</summary>
    public DerCode CommitTransaction(ulong epoch, out LogPosition position)
    {
        DerCode code = Memory.Transaction.Commit(out position);
        if (code.IsError)
        {
            Forget();
            return code;
        }

        HighestEpoch = Math.Max(HighestEpoch, epoch);
        Activity.Note(epoch);
        if (--_commitsToSpaceCheck <= 0)
        {
            _commitsToSpaceCheck = CommitsPerSpaceCheck;
            Shard.ReclaimIfShort();
        }

        if (position > Shard.StablePosition)
        {
            Unstable.Add(epoch, position);
        }

        return DerCode.Success;
    }

    /// <summary>Undoes what was written.</summary>
    public void AbortTransaction()
    {
        Memory.Transaction.Abort();
        Forget();
    }

    /// <summary>
    /// The epoch to write at: the given one or a new one. DER_AGAIN when the clock's durable ceiling must be raised first; DER_HLC_SYNC for
    /// an epoch above it, which a restart could mint again.
    /// </summary>
    public DerCode EpochOf(in ObjectTarget target, out ulong epoch)
    {
        if (!target.Epoch.IsSet)
        {
            return _hlc.TryNext(out epoch);
        }

        epoch = target.Epoch.Value;
        return epoch > _hlc.Ceiling ? DerCode.HlcSync : DerCode.Success;
    }

    /// <summary>
    /// Looks for the first answer to a modification. Success with it and the position to wait for; DER_NONEXIST: execute it; else refuse.
    /// </summary>
    public DerCode FindResult(in ModificationId id, out StoredResult result, out LogPosition position)
    {
        position = default;
        DerCode code = Results.Find(in id, out result);
        if (code.IsSuccess)
        {
            Unstable.Trim(Shard.StablePosition);
            Unstable.TryFind(result.Epoch.Value, out position);
        }

        return code;
    }

    /// <summary>
    /// Ends the transaction of a modification: with its result when it succeeded or a condition said no, undone otherwise.
    /// </summary>
    /// <param name="code">How the modification went.</param>
    /// <param name="target">Where, and who asked.</param>
    /// <param name="epoch">When.</param>
    /// <param name="position">In: what the outcome depends on. Out: what the answer must wait for.</param>
    public DerCode EndModification(DerCode code, in ObjectTarget target, ulong epoch, ref LogPosition position)
    {
        bool refused = code == DerCode.Exists || code == DerCode.Nonexist;
        if ((code.IsError && !refused) || (refused && !target.Modification.IsTracked))
        {
            AbortTransaction();
            return code;
        }

        // A refusal changed nothing so far; its answer is kept so that a resend hears the same.
        DerCode kept = Results.Add(target.Modification, code, epoch);
        if (kept.IsError)
        {
            AbortTransaction();
            return kept;
        }

        kept = CommitTransaction(epoch, out position);
        return kept.IsError ? kept : code;
    }

    /// <summary>Updates, fetches and punches begun.</summary>
    public long OperationCount { get; private set; }

    /// <summary>Counts an operation that takes no plan.</summary>
    public void CountOperation() => OperationCount++;

    /// <summary>Takes a plan from the pool.</summary>
    public UpdatePlan BeginUpdate(in ObjectTarget target)
    {
        OperationCount++;
        UpdatePlan plan = _updatePlans.Rent(this, static store => new UpdatePlan(store));
        plan.Begin(in target);
        return plan;
    }

    /// <summary>Takes a plan from the pool.</summary>
    public FetchPlan BeginFetch(in ObjectTarget target)
    {
        OperationCount++;
        return BeginOwnFetch(in target);
    }

    /// <summary>The same for work of the store's own, which is not what others want of it.</summary>
    public FetchPlan BeginOwnFetch(in ObjectTarget target)
    {
        FetchPlan plan = _fetchPlans.Rent(this, static store => new FetchPlan(store));
        plan.Begin(in target);
        return plan;
    }

    /// <summary>Takes a plan from the pool.</summary>
    public TransactionPlan BeginTransactionPlan(in TransactionInfo info)
    {
        TransactionPlan plan = _transactionPlans.Rent(this, static store => new TransactionPlan(store));
        plan.Begin(in info);
        return plan;
    }

    /// <summary>Takes a plan back.</summary>
    public void Return(TransactionPlan plan) => _transactionPlans.Return(plan);

    /// <summary>Takes a plan back.</summary>
    public void Return(UpdatePlan plan) => _updatePlans.Return(plan);

    /// <summary>Takes a plan back.</summary>
    public void Return(FetchPlan plan) => _fetchPlans.Return(plan);

    private void Forget()
    {
        Containers.Forget();
        Objects.Forget();
        Results.Forget();
    }
}
