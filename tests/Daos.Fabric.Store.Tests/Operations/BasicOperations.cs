using System.Text;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>Every basic operation of a store, on content that has some of everything.</summary>
internal static partial class BasicOperations
{
    internal static readonly ContainerId First = ObjectFixture.Container;
    internal static readonly ContainerId Second = new(new Guid("22222222-3333-4444-5555-666677778888"));
    internal static readonly ContainerId Third = new(new Guid("33333333-3333-4444-5555-666677778888"));

    private const string Probe = "probe";
    private const ulong ArrayBytes = 12_000;
    private static readonly Guid s_client = new("99999999-3333-4444-5555-666677778888");
    private static readonly string[] s_values = ["small", "large", "old", "new", "bignew", "once"];

    /// <summary>All of them but creating and opening.</summary>
    internal static IReadOnlyList<BasicOperation> All { get; } =
    [
        new("put", shard => PutAsync(shard, "new", 100, 11)),
        new("put large", shard => PutAsync(shard, "bignew", 9000, 12)),
        new("replace small by large", shard => PutAsync(shard, "small", 5000, 13)),
        new("replace large", shard => PutAsync(shard, "large", 20_000, 14)),
        new("put once", shard => CodeOf(Calls(shard).PutAsync(Keys("once") with { Id = Modification(2) }, Bytes(50, 15)))),
        new("write range", shard => WriteAsync(shard, (50, 100, Bytes(100, 16)))),
        new("write large range", shard => WriteAsync(shard, (1000, 8000, Bytes(8000, 17)))),
        new("write two ranges", shard => WriteAsync(shard, (10, 60, Bytes(60, 18)), (3000, 5000, Bytes(5000, 19)))),
        new("punch range", shard => WriteAsync(shard, (20, 3000, null))),
        new("punch akey", shard => CodeOf(Calls(shard).PunchAsync(Keys("old"), PunchScope.Akeys))),
        new("punch dkey", shard => CodeOf(Calls(shard).PunchAsync(Keys("large"), PunchScope.Dkey))),
        new("punch object", shard => CodeOf(Calls(shard).PunchAsync(Keys("small"), PunchScope.Object))),
        .. TransactionOperations,
        new("create container", CreateContainerAsync),
        new("destroy container", DestroyContainerAsync),
        new("evict client", EvictClientAsync),
        new("make space", MakeSpaceAsync),
        new("create snapshot", CreateSnapshotAsync),
        new("destroy snapshot", DestroySnapshotAsync),
        new("aggregate", AggregateAsync),
        new("checkpoint", CheckpointAsync),
        new("read", ReadAllAsync),
        new("list", ListAsync),
        new("close", CloseAsync),
    ];

    /// <summary>Small sizes; nothing happens by itself.</summary>
    internal static StoreOptions Options(StoreWorld world) => Small(world.Options());

    /// <summary>The same on other media.</summary>
    internal static StoreOptions Small(StoreOptions options) => options with
    {
        ArenaReserveBytes = 2 << 20,
        LogBytes = 128 << 10,
        LogBlockBytes = 8 << 10,
        DataBytes = 1 << 20,
        MediaBufferCount = 2,
        CheckpointIntervalMs = 1 << 20,
        CeilingAheadMs = 60_000,
    };

    /// <summary>Content with a checkpoint in the middle, so that opening has pages to load and a log to replay.</summary>
    internal static async ValueTask FillAsync(StoreShard shard)
    {
        Assert.Equal(DerCode.Success, shard.CreateContainer(First, out _));
        Assert.Equal(DerCode.Success, shard.CreateContainer(Second, out _));
        Assert.Equal(DerCode.Success, await PutAsync(shard, "small", 300, 1));
        Assert.Equal(DerCode.Success, await PutAsync(shard, "large", 10_000, 2));
        await FillCommittedAsync(shard);
        Assert.Equal(DerCode.Success, await shard.CheckpointAsync(isClean: false));
        Assert.Equal(DerCode.Success, await PutAsync(shard, "old", 700, 3));
        Assert.Equal(DerCode.Success, await WriteAsync(shard, (0, 200, Bytes(200, 4)), (2000, 6000, Bytes(6000, 5))));
        Assert.Equal(DerCode.Success, await CodeOf(Calls(shard).PutAsync(Keys("once") with { Id = Modification(1) }, Bytes(40, 6))));
        Assert.Equal(DerCode.Success, shard.CreateSnapshot(First, Epoch.None, out _, out _));
        Assert.Equal(DerCode.Success, await WriteAsync(shard, (200, 300, Bytes(300, 8)), (8000, 1500, Bytes(1500, 9))));
        Assert.Equal(DerCode.Success, await WriteAsync(shard, (500, 300, Bytes(300, 10)), (9500, 2500, Bytes(2500, 20))));
        Assert.Equal(DerCode.Success, await CodeOf(new StoreCalls(shard, Second).PutAsync(Keys("small"), Bytes(5000, 7))));

        // Last, because aggregation stays below them.
        await FillTransactionsAsync(shard);
    }

    /// <summary>Everything that can be read, in one string; what cannot be read as its code.</summary>
    internal static async ValueTask<string> ViewAsync(StoreShard shard)
    {
        var view = new StringBuilder();
        foreach (ContainerId id in new[] { First, Second, Third })
        {
            if (!shard.ContainerExists(id))
            {
                view.Append("no container; ");
                continue;
            }

            view.Append(SnapshotsOf(shard, id).Length).Append(" snapshots; ");
            var calls = new StoreCalls(shard, id);
            foreach (string dkey in s_values)
            {
                view.Append(dkey).Append('=').Append(await ReadAsync(calls, dkey)).Append("; ");
            }

            view.Append("array=").Append(await ReadArrayAsync(calls)).Append("; ");
            await AppendTransactionsAsync(view, shard, id);
            (DerCode code, List<byte[]> keys) = calls.List(Keys("small"), dkeys: true, 4096);
            view.Append(code.IsError ? code.ToString() : string.Join(',', keys.Select(Encoding.UTF8.GetString).Where(key => key != Probe).Order(StringComparer.Ordinal))).Append('\n');
        }

        return view.ToString();
    }

    /// <summary>One more put of a key that no view shows.</summary>
    internal static async ValueTask<DerCode> ProbeAsync(StoreShard shard) =>
        shard.ContainerExists(First) ? await PutAsync(shard, Probe, 64, 99) : DerCode.Success;

    internal static byte[] Bytes(int length, ulong seed)
    {
        var bytes = new byte[length];
        new SeededRandom(seed).Fill(bytes);
        return bytes;
    }

    private static StoreCalls Calls(StoreShard shard) => new(shard, First);

    private static CallKeys Keys(string dkey) => CallKeys.Of(dkey, "a");

    private static ModificationId Modification(ulong sequence) => new(s_client, sequence, sequence);

    private static async ValueTask<DerCode> CodeOf(ValueTask<(DerCode Code, Epoch Epoch)> call) => (await call).Code;

    private static ValueTask<DerCode> PutAsync(StoreShard shard, string dkey, int length, ulong seed) =>
        CodeOf(Calls(shard).PutAsync(Keys(dkey), Bytes(length, seed)));

    private static ValueTask<DerCode> WriteAsync(StoreShard shard, params (ulong Start, ulong Count, byte[]? Data)[] ranges) =>
        CodeOf(Calls(shard).WriteAsync(Keys("array"), 1, ranges));

    private static async ValueTask<DerCode> CreateContainerAsync(StoreShard shard)
    {
        DerCode code = await shard.AdmitAsync();
        code = code.IsSuccess ? shard.CreateContainer(Third, out _) : code;
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    private static async ValueTask<DerCode> DestroyContainerAsync(StoreShard shard)
    {
        DerCode code = await shard.AdmitAsync();
        code = code.IsSuccess ? shard.DestroyContainer(Second, out _) : code;
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    private static async ValueTask<DerCode> EvictClientAsync(StoreShard shard)
    {
        DerCode code = await shard.AdmitAsync();
        code = code.IsSuccess ? shard.EvictClient(s_client, out _) : code;
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    private static async ValueTask<DerCode> MakeSpaceAsync(StoreShard shard)
    {
        await shard.MakeSpaceAsync();
        return shard.State;
    }

    private static async ValueTask<DerCode> CreateSnapshotAsync(StoreShard shard)
    {
        DerCode code = await shard.AdmitAsync();
        code = code.IsSuccess ? shard.CreateSnapshot(First, Epoch.None, out _, out _) : code;
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    private static async ValueTask<DerCode> DestroySnapshotAsync(StoreShard shard)
    {
        DerCode code = await shard.AdmitAsync();
        code = code.IsSuccess ? shard.DestroySnapshot(First, SnapshotsOf(shard, First)[0], out _) : code;
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    private static async ValueTask<DerCode> AggregateAsync(StoreShard shard)
    {
        DerCode code = await shard.AggregateAsync(Epoch.Max, new AggregationControl { IsTight = true });
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    private static Epoch[] SnapshotsOf(StoreShard shard, ContainerId id)
    {
        var found = new Epoch[8];
        Assert.Equal(DerCode.Success, shard.ListSnapshots(id, Epoch.None, found, out int count));
        return found[..count];
    }

    private static async ValueTask<DerCode> CheckpointAsync(StoreShard shard)
    {
        while (shard.Checkpointer!.IsRunning)
        {
            await ShardPause.WaitAsync(shard.Loop);
        }

        return shard.State.IsError ? shard.State : await shard.CheckpointAsync(isClean: false);
    }

    private static async ValueTask<DerCode> CloseAsync(StoreShard shard)
    {
        await shard.CloseAsync();
        return shard.State == DerCode.Shutdown ? DerCode.Success : shard.State;
    }

    private static async ValueTask<DerCode> ReadAllAsync(StoreShard shard)
    {
        DerCode first = default;
        foreach (string dkey in s_values)
        {
            DerCode code = (await Calls(shard).GetAsync(Keys(dkey))).Code;
            first = first.IsError ? first : code;
        }

        DerCode array = (await Calls(shard).ReadAsync(Keys("array"), 0, ArrayBytes)).Code;
        return first.IsError ? first : array;
    }

    private static ValueTask<DerCode> ListAsync(StoreShard shard)
    {
        DerCode dkeys = Calls(shard).List(Keys("small"), dkeys: true, 64).Code;
        DerCode extents = Calls(shard).ListExtents(Keys("array"), 4096).Code;
        return new ValueTask<DerCode>(dkeys.IsError ? dkeys : extents);
    }

    private static async ValueTask<string> ReadAsync(StoreCalls calls, string dkey)
    {
        try
        {
            (DerCode code, byte[]? value) = await calls.GetAsync(Keys(dkey));
            return code.IsError ? code.ToString() : Show(value);
        }
        catch (Xunit.Sdk.EqualException)
        {
            return "the client's checksum";
        }
    }

    private static async ValueTask<string> ReadArrayAsync(StoreCalls calls)
    {
        try
        {
            (DerCode code, byte[]? bytes, bool[] map) = await calls.ReadAsync(Keys("array"), 0, ArrayBytes);
            return code.IsError ? code.ToString() : $"{Show(bytes)}/{Show(map.Select(there => there ? (byte)1 : (byte)0).ToArray())}";
        }
        catch (Xunit.Sdk.EqualException)
        {
            return "the client's checksum";
        }
    }

    private static string Show(byte[]? value) => value is null ? "-" : $"{value.Length}:{Crc32C.Compute(value):x8}";
}
