using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Engine.Targets;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Simulation.Tests.Path;
using Daos.Fabric.Store;
using Daos.Fabric.TestKit.Faults;

namespace Daos.Fabric.Simulation.Tests.Checksums;

/// <summary>A real client, a real engine and a container with checksums of some kind; objects of dkey "dkey" and akeys of any name.</summary>
internal sealed class ChecksumPath : IDisposable
{
    internal static readonly ObjectId Object = ObjectId.Create(3, 4, ObjectType.MultiHashed);
    internal static readonly byte[] Dkey = "dkey"u8.ToArray();

    private readonly SimulatedPath _path;
    private ContainerSession _container = null!;
    private int _containers;

    internal ChecksumPath(ulong seed) => _path = new SimulatedPath(seed);

    internal static TheoryData<ChecksumType> Kinds => [.. Enum.GetValues<ChecksumType>()];

    internal static TheoryData<ChecksumType> Sums => [.. Enum.GetValues<ChecksumType>().Where(t => t != ChecksumType.None)];

    internal SimulatedPath Path => _path;

    internal FaultRegistry Faults => _path.Engine.Node.Faults;

    internal long ClientErrors => _path.Context.Statistics.ChecksumErrors;

    internal List<string> EngineLog => _path.Engine.Log;

    /// <summary>Makes a container and works in it from now on.</summary>
    internal void UseContainer(ChecksumType type, uint chunkBytes, bool verifyOnServer = true) => _path.Run(async () =>
    {
        string name = $"container-{_containers++}";
        PoolSession pool = (await _path.Context.ConnectPoolAsync("pool")).Value;
        SimulatedPath.Check(await pool.CreateContainerAsync(name, new ContainerProperties(type, chunkBytes, verifyOnServer)));
        _container = (await pool.OpenContainerAsync(name)).Value;
        Assert.Equal(new ContainerProperties(type, chunkBytes, verifyOnServer), _container.Properties);
    });

    internal DerCode Put(string akey, byte[] value) => Update(DaosUpdateIod.Single(Bytes(akey), value));

    internal DerCode Write(string akey, int recordBytes, ulong index, byte[] data) =>
        Update(DaosUpdateIod.Array(Bytes(akey), recordBytes, new Recx(index, (ulong)(data.Length / recordBytes)), data));

    internal DerCode Update(params DaosUpdateIod[] iods)
    {
        DerCode code = default;
        _path.Run(async () => code = await _container.OpenObject(Object).UpdateAsync(Dkey, iods));
        return code;
    }

    internal DerCode Fetch(params DaosFetchIod[] iods)
    {
        DerCode code = default;
        _path.Run(async () => code = await _container.OpenObject(Object).FetchAsync(Dkey, iods));
        return code;
    }

    internal DerCode Get(string akey, byte[] room) => Fetch(DaosFetchIod.Single(Bytes(akey), room));

    internal DerCode Read(string akey, ulong index, ulong count, byte[] room) =>
        Fetch(DaosFetchIod.Array(Bytes(akey), new Recx(index, count), room));

    /// <summary>Runs on the xstream that holds the dkey, with what lies there.</summary>
    internal void OnStored(string akey, Func<StoredValue, ValueTask> work)
    {
        KeyPlace place = KeyPlace.Of(Object, Dkey, _container.TargetCount, "stored");
        Engine.Hosting.EngineXstream target = _path.Engine.Server!.Context.Xstreams.Single(x => x.Target == place.Target);
        PoolShard shard = Assert.Single(target.Shards.InOrder());
        var stored = new StoredValue(shard.Store, _container.Id, Object, Dkey, Bytes(akey));
        var ult = new Cluster.Ult();
        _path.World.On(target.Xstream, () => target.Xstream.Spawn(ult.FollowAsync(() => work(stored))));
        _path.RunUntil(() => ult.IsDone, "the work beside the store did not end");
        ult.Await();
    }

    internal StoreStatistics StatisticsOf()
    {
        KeyPlace place = KeyPlace.Of(Object, Dkey, _container.TargetCount, "stored");
        return _path.Engine.Server!.Context.Xstreams.Single(x => x.Target == place.Target).Shards.InOrder()[0].Store.Statistics;
    }

    internal static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    internal static byte[] Random(int length, ulong seed = 1)
    {
        byte[] data = new byte[length];
        new SeededRandom(seed).Fill(data);
        return data;
    }

    public void Dispose() => _path.Dispose();
}
