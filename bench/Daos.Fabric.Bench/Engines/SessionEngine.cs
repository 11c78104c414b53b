using Daos.Fabric.Bench.Options;
using Daos.Fabric.Client.Contexts;
using Daos.Fabric.Client.Sessions;
using Daos.Fabric.Reactor;

namespace Daos.Fabric.Bench.Engines;

/// <summary>What the kv, array and object engines share when the job's thread owns the client's context.</summary>
internal abstract class SessionEngine(JobOptions options, int copy, OwnerLoop loop) : IoEngine(options, copy, loop)
{
    private readonly RemoteClient _client = new(options, loop);
    private string _durability = "unknown";
    private PoolSession? _pool;
    private ContainerSession? _container;

    internal override string Durability => _durability;

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal override async ValueTask PrepareAsync()
    {
        await _client.ConnectAsync();
        DerResult<PoolSession> pool = await _client.Context.ConnectPoolAsync(RemoteClient.PoolName);
        if (pool.Code == DerCode.Nonexist)
        {
            await CreatePoolAsync();
            pool = await _client.Context.ConnectPoolAsync(RemoteClient.PoolName);
        }

        Require(pool.Code, "connect to the pool");
        _pool = pool.Value;
        _durability = pool.Value.IsVolatile ? "volatile" : "durable";
        DerResult<ContainerSession> container = await pool.Value.OpenContainerAsync(Targets.ContainerName);
        if (container.Code == DerCode.Nonexist)
        {
            DerCode created = await pool.Value.CreateContainerAsync(Targets.ContainerName);
            Require(created == DerCode.Exists ? DerCode.Success : created, "create the container");
            container = await pool.Value.OpenContainerAsync(Targets.ContainerName);
        }

        Require(container.Code, "open the container");
        _container = container.Value;
        Open(_container);
    }

    internal override ValueTask<AllocationMark> MarkAsync() => _client.MarkAsync();

    internal override EngineConnections Connections => _client.Connections;

    /// <summary>Gives the handles back, which an engine keeps until it needs the room; one that is out of reach keeps them.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    public override async ValueTask DisposeAsync()
    {
        DerCode closed = _container is null ? DerCode.Success : await _container.CloseAsync();
        if (_pool is not null && closed.IsSuccess)
        {
            _ = await _pool.DisconnectAsync();
        }

        _client.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>Opens what the engine reads and writes.</summary>
    protected abstract void Open(ContainerSession container);

    private static void Require(DerCode code, string what)
    {
        if (code.IsError)
        {
            throw new DaosException(code, what, RemoteClient.PoolName);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CreatePoolAsync()
    {
        DerCode created = await _client.Context.CreatePoolAsync(RemoteClient.PoolName);
        Require(created == DerCode.Exists ? DerCode.Success : created, "create the pool");
    }
}
