using Daos.Fabric.Engine.Tests.Support;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Store;

namespace Daos.Fabric.Engine.Tests.Snapshots;

/// <summary>
/// What every snapshot has to show, from the epochs that the engine answered: of each key the newest value at or below the snapshot's epoch.
/// Writes whose answer was lost are sent again, so that every epoch becomes known.
/// </summary>
internal sealed class SnapshotOracle(Stage stage, EngineCaller caller)
{
    internal const int Writers = 4;
    private const int KeysPerWriter = 5;

    private readonly Dictionary<(int Writer, int Key), List<(ulong Epoch, ulong Version)>> _written = [];
    private readonly List<Pending> _unanswered = [];
    private readonly SortedDictionary<ulong, string> _snapshots = [];
    private readonly Dictionary<ulong, Guid> _handles = [];
    private ulong _version;

    /// <summary>Values that were compared.</summary>
    internal int Checked { get; private set; }

    /// <summary>The highest epoch that was answered so far.</summary>
    internal ulong HighestAnswered { get; private set; }

    /// <summary>Epochs of the snapshots that there are.</summary>
    internal IEnumerable<ulong> Snapshots => _snapshots.Keys;

    /// <summary>The snapshots in the pool's shards, which must be the same in all of them.</summary>
    internal static Epoch[] StoredEverywhere(Stage stage)
    {
        EngineContext engine = stage.Engine.Server!.Context;
        Epoch[]? all = null;
        for (int target = 0; target < engine.TargetCount; target++)
        {
            EngineXstream xstream = engine.TargetXstream(target);
            stage.World.On(xstream.Xstream, () =>
            {
                StoreShard store = xstream.Shards.InOrder()[0].Store;
                var found = new Epoch[64];
                Assert.Equal(DerCode.Success, store.ListSnapshots(store.ListContainers()[0], default, found, out int count));
                all ??= found[..count];
                Assert.Equal(all, found[..count]);
            });
        }

        return all!;
    }

    /// <summary>Writes keys that only this writer touches until told to stop, or until an answer is lost.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask WriteAsync(int writer, SeededRandom random, Func<bool> stop)
    {
        while (!stop())
        {
            var pending = new Pending(writer, random.Next(KeysPerWriter), ++_version, caller.NextModification());
            if (!await TryAsync(pending))
            {
                _unanswered.Add(pending);
                return;
            }
        }
    }

    /// <summary>Sends again what was not answered.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask SettleAsync()
    {
        foreach (Pending pending in _unanswered)
        {
            Assert.True(await TryAsync(pending), $"seed {stage.World.Seed}: a resend was not answered");
        }

        _unanswered.Clear();
    }

    internal void Created(Epoch epoch, string label) => _snapshots.Add(epoch.Value, label);

    internal void Destroyed(ulong epoch) => _snapshots.Remove(epoch);

    /// <summary>The service, every target and this agree on which there are, and each shows what it has to.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal async ValueTask CheckAsync()
    {
        (Epoch, string)[] listed = (await caller.ListSnapshotsAsync()).Value;
        Assert.Equal([.. _snapshots.Select(static s => (new Epoch(s.Key), s.Value))], listed);
        Guid live = caller.ContainerHandle;
        foreach (ulong snapshot in _snapshots.Keys)
        {
            caller.ContainerHandle = await HandleOfAsync(snapshot);
            foreach (((int writer, int key), List<(ulong Epoch, ulong Version)> versions) in _written)
            {
                ulong expected = versions.Where(v => v.Epoch <= snapshot).OrderBy(static v => v.Epoch).LastOrDefault().Version;
                DerResult<byte[]?> found = await caller.GetAsync(ObjectOf(writer, key), [(byte)key]);
                ulong value = found.Value is { } bytes ? BitConverter.ToUInt64(bytes) : 0;
                Assert.True(
                    found.IsSuccess && value == expected,
                    $"seed {stage.World.Seed}: snapshot 0x{snapshot:x} shows {found.Code} {value} of writer {writer} key {key}, expected {expected}");
                Checked++;
            }

            await CheckObjectsAsync(snapshot);
        }

        caller.ContainerHandle = live;
    }

    private static ObjectId ObjectOf(int writer, int key) => ObjectId.Create(9, (ulong)((writer * 2) + (key % 2)), ObjectType.MultiHashed);

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CheckObjectsAsync(ulong snapshot)
    {
        var found = new HashSet<ObjectId>();
        for (int target = 0; target < caller.TargetCount; target++)
        {
            found.UnionWith((await caller.ListObjectsAsync(target, default, entriesMax: 3)).Value.Select(static e => e.Id));
        }

        var expected = _written.Where(w => w.Value.Any(v => v.Epoch <= snapshot)).Select(w => ObjectOf(w.Key.Writer, w.Key.Key)).ToHashSet();
        Assert.True(expected.SetEquals(found), $"seed {stage.World.Seed}: the object table of 0x{snapshot:x} has {found.Count} objects, expected {expected.Count}");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<Guid> HandleOfAsync(ulong snapshot)
    {
        if (!_handles.TryGetValue(snapshot, out Guid handle))
        {
            DerResult<Guid> opened = await caller.OpenSnapshotAsync(new Epoch(snapshot));
            Assert.Equal(DerCode.Success, opened.Code);
            _handles.Add(snapshot, handle = opened.Value);
        }

        return handle;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<bool> TryAsync(Pending pending)
    {
        // In the arena, and in data extents.
        byte[] value = new byte[pending.Version % 3 == 0 ? 9000 : 24];
        BitConverter.TryWriteBytes(value, pending.Version);
        DerResult<Epoch> written = await caller.PutAsync(ObjectOf(pending.Writer, pending.Key), [(byte)pending.Key], value, pending.Identity);
        if (!written.IsSuccess)
        {
            return false;
        }

        if (!_written.TryGetValue((pending.Writer, pending.Key), out List<(ulong, ulong)>? versions))
        {
            _written.Add((pending.Writer, pending.Key), versions = []);
        }

        versions.Add((written.Value.Value, pending.Version));
        HighestAnswered = Math.Max(HighestAnswered, written.Value.Value);
        return true;
    }

    private readonly record struct Pending(int Writer, int Key, ulong Version, ModificationInfo Identity);
}
