using Daos.Fabric.Store.Tests.Recovery;

namespace Daos.Fabric.Store.Tests.Media.Roles;

/// <summary>The load of <see cref="LedgerLoad"/> on a store whose roles lie apart.</summary>
internal sealed class RoleLoad(RolePaths roles) : IPowerCutLoad
{
    private readonly LedgerLoad _inner = new();

    public StoreOptions Options(StoreWorld world) => _inner.Options(world) with { Roles = roles };

    public ValueTask FormatAsync(StoreShard shard) => _inner.FormatAsync(shard);

    public void Start(StoreWorld world, StoreShard shard, ulong seed) => _inner.Start(world, shard, seed);

    public IPowerCutOracle Snapshot() => _inner.Snapshot();
}
