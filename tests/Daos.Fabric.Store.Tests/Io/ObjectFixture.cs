using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>A shard in the simulator with one container, and blocking calls for tests.</summary>
internal sealed unsafe partial class ObjectFixture
{
    internal static readonly ContainerId Container = new(new Guid("11112222-3333-4444-5555-666677778888"));
    internal static readonly ObjectId Object = ObjectId.Create(0, 1, ObjectType.MultiHashed);

    internal ObjectFixture(ulong seed = 1, Func<StoreOptions, StoreOptions>? change = null, bool isVolatile = true)
    {
        World = new StoreWorld(seed);
        Change = change ?? (options => options with { ArenaReserveBytes = 64 << 20 });
        IsVolatile = isVolatile;
        Shard = World.Create(Options);
        Calls = new StoreCalls(Shard, Container);
        Run(() =>
        {
            Assert.Equal(DerCode.Success, Shard.CreateContainer(Container, out LogPosition position));
            return Shard.WaitStableAsync(position);
        });
    }

    internal StoreWorld World { get; }

    internal StoreShard Shard { get; private set; }

    internal StoreCalls Calls { get; private set; }

    private Func<StoreOptions, StoreOptions> Change { get; }

    private bool IsVolatile { get; }

    private StoreOptions Options => Change(World.Options(IsVolatile));

    /// <summary>Runs on the shard's owner thread.</summary>
    internal T Run<T>(Func<ValueTask<T>> body) => World.Run(body);

    internal void On(Action action) => World.World.On(World.Loop, action);

    internal void Reopen()
    {
        World.Run(() => Shard.CloseAsync());
        Open();
    }

    internal void Crash(Reactor.Simulated.CrashKind kind)
    {
        World.Crash(kind);
        Open();
    }

    internal (DerCode Code, Epoch Epoch) Put(
        string dkey, string akey, byte[] value, ulong epoch = 0, UpdateConditions conditions = default, ModificationId id = default) =>
        Run(() => Calls.PutAsync(Keys(dkey, akey, epoch, conditions) with { Id = id }, value));

    internal (DerCode Code, byte[]? Value) Get(string dkey, string akey, ulong epoch = 0, UpdateConditions conditions = default) =>
        Run(() => Calls.GetAsync(Keys(dkey, akey, epoch, conditions)));

    internal (DerCode Code, Epoch Epoch) Punch(
        string dkey, string akey, PunchScope scope, ulong epoch = 0, UpdateConditions conditions = default, ModificationId id = default) =>
        Run(() => Calls.PunchAsync(Keys(dkey, akey, epoch, conditions) with { Id = id }, scope));

    internal (DerCode Code, List<(IterationEntry Entry, byte[] Key)> Entries) Iterate(
        IterationLevel level, CallKeys keys, IterationRequest request, int bufferBytes = 1000)
    {
        (DerCode, List<(IterationEntry, byte[])>) found = default;
        On(() => found = Calls.Iterate(level, keys, request, bufferBytes));
        return found;
    }

    internal (DerCode Code, List<ListedExtent> Extents) ListExtents(CallKeys keys, int bufferBytes, bool descending = false)
    {
        (DerCode, List<ListedExtent>) found = default;
        On(() => found = Calls.ListExtents(keys, bufferBytes, descending));
        return found;
    }

    /// <summary>Reads of the container below it are refused.</summary>
    internal ulong AggregatedEpoch() =>
        Shard.Arena.At<Daos.Fabric.Store.Trees.ContainerDf>(Shard.Objects.Containers.Find(Container))->AggregatedEpoch;

    /// <summary>Reclaims through whole passes until nothing more comes back.</summary>
    internal void ReclaimAll() => On(() =>
    {
        long freed;
        do
        {
            freed = Shard.Objects.Reclaimer.FreedCount;
            bool more = true;
            while (more)
            {
                Assert.Equal(DerCode.Success, Shard.ReclaimStep(100, out more));
            }
        }
        while (Shard.Objects.Reclaimer.FreedCount > freed);
    });

    internal static CallKeys Keys(string dkey, string akey, ulong epoch = 0, UpdateConditions conditions = default) =>
        CallKeys.Of(dkey, akey) with { Epoch = new Epoch(epoch), Conditions = conditions };

    internal void OpenAgain() => Open();

    private void Open()
    {
        Shard = World.Open(Options);
        Calls = new StoreCalls(Shard, Container);
    }
}
