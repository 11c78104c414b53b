using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// Transactions of several dkeys each, prepared, then committed or aborted, under stand-alone updates. Each writer has dkeys of its own, so
/// after a crash its last transaction is as it was told, or one step further, whole: unknown, prepared and invisible, committed or gone.
/// </summary>
internal sealed class TransactionLoad : IPowerCutLoad
{
    private const int WriterCount = 6;
    private const int DkeysPerWriter = 3;

    private readonly WriterState[] _writers = new WriterState[WriterCount];
    private int _acknowledged;

    private enum Phase { Idle, Preparing, Prepared, Committing, Aborting }

    public StoreOptions Options(StoreWorld world) => world.Options() with
    {
        ArenaReserveBytes = 32 << 20,
        LogBytes = 256 << 10,
        LogBlockBytes = 8 << 10,
        DataBytes = 64 << 20,
        MediaBufferCount = 8,
        CheckpointIntervalMs = 7,
        CommittedTransactionsMax = 200,
    };

    public async ValueTask FormatAsync(StoreShard shard)
    {
        Assert.Equal(DerCode.Success, shard.CreateContainer(ObjectFixture.Container, out LogPosition position));
        Assert.True((await shard.WaitStableAsync(position)).IsSuccess);
    }

    public void Start(StoreWorld world, StoreShard shard, ulong seed)
    {
        var calls = new StoreCalls(shard, ObjectFixture.Container);
        for (int i = 0; i < WriterCount; i++)
        {
            int writer = i;
            var random = new SeededRandom((seed * 100) + (ulong)i);
            world.Start(async () =>
            {
                while (await RunOneAsync(calls, _writers, writer, random))
                {
                    _acknowledged++;
                }
            });
        }
    }

    public IPowerCutOracle Snapshot() => new Oracle([.. _writers], _acknowledged);

    private static TransactionId IdOf(int writer, int number) => new(new Guid(writer, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), (ulong)number);

    private static CallKeys KeysOf(int writer, int dkey) => CallKeys.Of($"w{writer}.{dkey}", "a");

    // A value of 600 bytes or of 5,000, which says which transaction wrote it; empty: punched.
    private static byte[] ValueOf(int writer, int number) =>
        [.. Enumerable.Repeat(0, number % 5 == 0 ? 1250 : 20).SelectMany(_ => BitConverter.GetBytes((writer << 24) | number))];

    private static bool IsPunch(int number) => number % 7 == 3;

    private static async ValueTask<bool> RunOneAsync(StoreCalls calls, WriterState[] writers, int writer, SeededRandom random)
    {
        int number = writers[writer].Number + 1;
        writers[writer] = writers[writer] with { Number = number, Phase = Phase.Preparing };
        TransactionStep[] steps = [.. Enumerable.Range(0, DkeysPerWriter).Select(dkey => IsPunch(number)
            ? new TransactionStep(KeysOf(writer, dkey)) { Scope = PunchScope.Dkey }
            : new TransactionStep(KeysOf(writer, dkey)) { Value = ValueOf(writer, number) })];
        DerCode code = (await calls.PrepareAsync(IdOf(writer, number), TransactionFlags.Leader, steps)).Code;
        if (code.IsError)
        {
            return false;
        }

        bool commits = random.Chance(0.7);
        writers[writer] = writers[writer] with { Phase = Phase.Prepared };
        if (random.Chance(0.3))
        {
            (DerCode put, _) = await calls.PutAsync(CallKeys.Of($"alone{writer}", "a"), [1]);
            if (put.IsError)
            {
                return false;
            }
        }

        writers[writer] = writers[writer] with { Phase = commits ? Phase.Committing : Phase.Aborting };
        code = commits ? (await calls.CommitAsync(IdOf(writer, number))).Code : await calls.AbortAsync(IdOf(writer, number));
        if (code.IsSuccess)
        {
            writers[writer] = new WriterState(number, commits ? number : writers[writer].Shown, Phase.Idle);
        }

        return code.IsSuccess;
    }

    /// <summary>Where a writer is: its last transaction, and which one's values show.</summary>
    private readonly record struct WriterState(int Number, int Shown, Phase Phase);

    private sealed class Oracle(WriterState[] writers, int acknowledged) : IPowerCutOracle
    {
        public int Acknowledged => acknowledged;

        public IPowerCutOracle Copy() => new Oracle([.. writers], acknowledged);

        public async ValueTask<string?> CheckAsync(StoreShard shard)
        {
            if (!shard.ContainerExists(ObjectFixture.Container))
            {
                return "lost: the container";
            }

            var calls = new StoreCalls(shard, ObjectFixture.Container);
            for (int writer = 0; writer < writers.Length; writer++)
            {
                if (await CheckWriterAsync(shard, calls, writer) is { } wrong)
                {
                    return wrong;
                }
            }

            return null;
        }

        public async ValueTask GoOnAsync(StoreShard shard)
        {
            var calls = new StoreCalls(shard, ObjectFixture.Container);
            var random = new SeededRandom((ulong)acknowledged);
            for (int i = 0; i < 12; i++)
            {
                Assert.True(await RunOneAsync(calls, writers, i % WriterCount, random));
            }
        }

        // What is found must be allowed; then it is decided as its leader would, so that the writer can go on.
        private async ValueTask<string?> CheckWriterAsync(StoreShard shard, StoreCalls calls, int writer)
        {
            WriterState state = writers[writer];
            TransactionId id = IdOf(writer, state.Number);
            DerCode code = shard.CheckTransaction(ObjectFixture.Container, id, out TransactionState found, out _, out _);
            bool isThere = code.IsSuccess && found == TransactionState.Prepared;
            bool isCommitted = code.IsSuccess && found == TransactionState.Committed;
            bool isAllowed = state.Phase switch
            {
                Phase.Idle => state.Number == 0 || (state.Shown == state.Number ? isCommitted || code == DerCode.EpochOld : !isThere && !isCommitted),
                Phase.Preparing => !isCommitted,
                Phase.Prepared => isThere,
                Phase.Committing => isThere || isCommitted,
                _ => !isCommitted,
            };
            if (!isAllowed)
            {
                return $"lost: transaction {state.Number} of writer {writer} in phase {state.Phase} is {code} {found}";
            }

            if (isThere)
            {
                // A punch of nothing left nothing to wait for.
                bool punchedNothing = IsPunch(state.Number) && (state.Shown == 0 || IsPunch(state.Shown));
                (code, _) = await calls.GetAsync(KeysOf(writer, 0));
                if (code != (punchedNothing ? DerCode.Success : DerCode.InProgress))
                {
                    return $"half: a read of undecided transaction {state.Number} of writer {writer} answers {code}";
                }

                code = state.Phase == Phase.Committing ? (await calls.CommitAsync(id)).Code : await calls.AbortAsync(id);
                if (code.IsError)
                {
                    return $"lost: transaction {state.Number} of writer {writer} cannot be decided: {code}";
                }
            }

            int shown = isCommitted || (isThere && state.Phase == Phase.Committing) ? state.Number : state.Shown;
            writers[writer] = new WriterState(state.Number, shown, Phase.Idle);
            return await CheckValuesAsync(calls, writer, shown);
        }

        private static async ValueTask<string?> CheckValuesAsync(StoreCalls calls, int writer, int shown)
        {
            byte[]? wanted = shown == 0 || IsPunch(shown) ? null : ValueOf(writer, shown);
            for (int dkey = 0; dkey < DkeysPerWriter; dkey++)
            {
                (DerCode code, byte[]? value) = await calls.GetAsync(KeysOf(writer, dkey));
                if (code.IsError || (wanted is null) != (value is null) || !wanted.AsSpan().SequenceEqual(value))
                {
                    return $"half: dkey {dkey} of writer {writer} does not hold what transaction {shown} wrote: {code}";
                }
            }

            return null;
        }
    }
}
