using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Incast;

namespace Daos.Fabric.Rpc.Tests.Incast;

/// <summary>Fetches and updates over eight ranks on one loop, whose tree is k-nomial of 2: after warm-up no rank allocates.</summary>
public sealed class IncastAllocationTests
{
    private const int Ranks = 8;
    private const int Rounds = 100;
    private const int AtOnce = 8;

    [Theory]
    [InlineData("fetch from this rank's class")]
    [InlineData("fetch over three ranks")]
    [InlineData("fetches at once")]
    [InlineData("update")]
    [InlineData("update there and back")]
    [InlineData("eager update")]
    [InlineData("eager word")]
    [InlineData("lazy update")]
    [InlineData("lazy update in order")]
    [InlineData("invalidate")]
    public void Operation_AfterWarmUp_NoRankAllocates(string what)
    {
        using var bench = new Bench(what);
        Assert.Equal(0, bench.AllocatedBytes());
        Assert.Equal((DerCode.Success, true), (bench.Failure, bench.Touched >= Rounds));
    }

    // The same measurement must be able to fail.
    [Fact]
    public void Operation_WithAPlantedAllocationAtTheRoot_IsNoticed()
    {
        using var bench = new Bench("fetch over three ranks") { Plants = true };
        Assert.InRange(bench.AllocatedBytes(), Rounds * 25, long.MaxValue);
    }

    private sealed class Bench : IDisposable
    {
        private readonly LocalRanks _ranks = new(Ranks);
        private readonly List<OneValue> _classes = [];
        private readonly List<IncastNamespace> _spaces = [];
        private readonly ReplyRoom[] _rooms = [.. Enumerable.Range(0, AtOnce).Select(_ => new ReplyRoom())];
        private readonly byte[] _key = "key of an ordinary length"u8.ToArray();
        private readonly byte[] _bytes = new byte[500];
        private readonly Func<ValueTask> _work;
        private int _left;

        internal Bench(string what)
        {
            _ranks.On(() =>
            {
                for (uint rank = 0; rank < Ranks; rank++)
                {
                    _classes.Add(new OneValue(1, rank, IncastFeatures.None));
                    OneValue ordered = new(2, rank, IncastFeatures.UpdateInOrder);
                    _spaces.Add(_ranks.Incast[(int)rank].Create(1, 0, new TreeTopology(TreeKind.Knomial, 2), 0, [_classes[^1], ordered]).Value);
                }
            });
            _ranks.GoesOn = () => _spaces[0].LazyWaiting > 0;
            _work = what switch
            {
                "fetch from this rank's class" => () => FetchAsync(0, IncastValue.Any),
                "fetch over three ranks" => () => FetchAsync(7, IncastValue.Latest),
                "fetches at once" => FetchAtOnceAsync,
                "update" => () => UpdateAsync(1, IncastSync.None),
                "update there and back" => () => UpdateAsync(1, new IncastSync(IncastSyncMode.None, IsBidirectional: true)),
                "eager update" => () => UpdateAsync(1, new IncastSync(IncastSyncMode.Eager)),
                "eager word" => () => UpdateAsync(1, new IncastSync(IncastSyncMode.Eager, IncastSyncEvent.Notify)),
                "lazy update" => () => UpdateAsync(1, new IncastSync(IncastSyncMode.Lazy)),
                "lazy update in order" => () => UpdateAsync(2, new IncastSync(IncastSyncMode.Lazy)),
                "invalidate" => InvalidateAsync,
                _ => throw new ArgumentException(what),
            };
        }

        internal bool Plants { init => _classes[0].Plants = value; }

        internal DerCode Failure { get; private set; }

        /// <summary>Callbacks of the classes, and updates that were handed on.</summary>
        internal long Touched => _classes.Sum(c => c.Calls) + _spaces.Sum(s => s.Statistics.UpdatesForwarded);

        internal long AllocatedBytes() => _ranks.AllocatedBytes(_work);

        public void Dispose() => _ranks.Dispose();

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask FetchAsync(int rank, uint version)
        {
            for (int i = 0; i < Rounds; i++)
            {
                DerResult<IncastValue> result = await _spaces[rank].FetchAsync(1, _key, version, room: _rooms[0]);
                Note(result.Code, result.IsSuccess && result.Value.Bytes.Length == OneValue.Bytes);
            }
        }

        // All but one wait for the one that was first; the key is forgotten again before the next round.
        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask FetchAtOnceAsync()
        {
            for (int i = 0; i < Rounds; i++)
            {
                _left = AtOnce;
                for (int j = 1; j < AtOnce; j++)
                {
                    _ranks.Spawn(FetchOneAsync(_rooms[j]));
                }

                await FetchOneAsync(_rooms[0]);
                Note(await _spaces[0].InvalidateAsync(1, _key), true);
                _classes[0].IsThere = true;
                Note(DerCode.Success, _left == 0);
            }
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask FetchOneAsync(ReplyRoom room)
        {
            DerResult<IncastValue> result = await _spaces[7].FetchAsync(1, _key, room: room);
            Note(result.Code, result.IsSuccess && result.Value.Bytes.Length == OneValue.Bytes);
            _left--;
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask UpdateAsync(uint kind, IncastSync sync)
        {
            for (int i = 0; i < Rounds; i++)
            {
                DerResult<IncastValue> result = await _spaces[7].UpdateAsync(kind, _key, new IncastValue(1, _bytes), sync, room: _rooms[0]);
                Note(result.Code, result.IsSuccess && result.Value.Bytes.Length == (sync.IsBidirectional ? OneValue.Bytes : 0));
            }
        }

        [AsyncMethodBuilder(typeof(UltMethodBuilder))]
        private async ValueTask InvalidateAsync()
        {
            for (int i = 0; i < Rounds; i++)
            {
                Note(await _spaces[3].InvalidateAsync(1, _key), true);
            }
        }

        private void Note(DerCode code, bool isRight) => Failure = code.IsError ? code : isRight ? Failure : DerCode.Mismatch;
    }

    /// <summary>A class with one value, whose root is rank 0; the others have it after a refresh.</summary>
    private sealed class OneValue(uint id, uint rank, IncastFeatures features) : IIncastClass
    {
        internal const int Bytes = 300;

        private readonly byte[] _bytes = new byte[Bytes];

        internal bool IsThere { get; set; } = rank == 0;

        internal bool Plants { get; set; }

        internal byte[]? Planted { get; private set; }

        internal long Calls { get; private set; }

        public uint Id => id;

        public IncastFeatures Features => features;

        public Rank OnHash(ReadOnlyMemory<byte> key) => new(0);

        public ValueTask<DerResult<IncastValue>> OnFetchAsync(ReadOnlyMemory<byte> key, uint version, IncastFlags flags)
        {
            Calls++;
            Planted = Plants ? new byte[1] : null;
            return new(IsThere ? new IncastValue(1, _bytes) : DerCode.IvcbForward);
        }

        public ValueTask<DerResult<IncastValue>> OnUpdateAsync(ReadOnlyMemory<byte> key, IncastValue value, IncastFlags flags)
        {
            Calls++;
            return new(rank == 0 ? new IncastValue(2, _bytes) : DerCode.IvcbForward);
        }

        public ValueTask<DerCode> OnRefreshAsync(ReadOnlyMemory<byte> key, IncastValue? value, DerCode code)
        {
            Calls++;
            IsThere = value is not null;
            return new(DerCode.Success);
        }

        public void Discard()
        {
        }
    }
}
