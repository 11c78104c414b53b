using Daos.Fabric.Store.Media.Trimming;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>Transactions on the raw arena and data space: the strictest order, every state is a prefix of the ledger.</summary>
internal sealed class LedgerLoad : IPowerCutLoad
{
    private readonly Ledger _ledger = new();

    public StoreOptions Options(StoreWorld world) => world.Options() with
    {
        ArenaReserveBytes = 2 << 20,
        LogBytes = 128 << 10,
        LogBlockBytes = 8 << 10,
        DataBytes = 2 << 20,
        MediaBufferCount = 8,
        CheckpointIntervalMs = 7,
        DataTrim = TrimMode.Always,
        DataTrimDelayMs = 1,
        DataTrimRegionBlocks = 8,
    };

    public async ValueTask FormatAsync(StoreShard shard)
    {
        new LedgerStore(shard).Format();
        Assert.True((await shard.WaitStableAsync(shard.AppendedPosition)).IsSuccess);
    }

    public void Start(StoreWorld world, StoreShard shard, ulong seed)
    {
        var store = new LedgerStore(shard);
        for (int i = 0; i < 8; i++)
        {
            var random = new SeededRandom((seed * 100) + (ulong)i);
            world.Start(() => WriteForeverAsync(store, random));
        }
    }

    public IPowerCutOracle Snapshot() => new Oracle(_ledger.Snapshot());

    private async ValueTask WriteForeverAsync(LedgerStore store, SeededRandom random)
    {
        bool alive = true;
        while (alive)
        {
            int[] cells = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => random.Next(LedgerStore.CellCount)).Distinct().ToArray();
            alive = await store.WriteAsync(_ledger, cells, large: random.Chance(0.2));
        }
    }

    private sealed class Oracle(Ledger ledger) : IPowerCutOracle
    {
        private Ledger _ledger = ledger;

        public int Acknowledged => _ledger.Acknowledged;

        public IPowerCutOracle Copy() => new Oracle(_ledger.Snapshot());

        public async ValueTask<string?> CheckAsync(StoreShard shard)
        {
            var store = new LedgerStore(shard);
            string? wrong = await store.CheckAsync(_ledger);
            _ledger = wrong is null ? _ledger.Prefix(store.Sequence) : _ledger;
            return wrong;
        }

        public async ValueTask GoOnAsync(StoreShard shard)
        {
            var store = new LedgerStore(shard);
            for (int i = 0; i < 20; i++)
            {
                Assert.True(await store.WriteAsync(_ledger, [i, i + 1], large: i % 5 == 0));
            }
        }
    }
}
