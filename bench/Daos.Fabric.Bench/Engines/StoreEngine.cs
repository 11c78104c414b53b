using Daos.Fabric.Bench.Options;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Core.Time;
using Daos.Fabric.Reactor;
using Daos.Fabric.Store;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Scrubbing;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// The store alone, without network or engine: one dkey per block with a single value below one akey, a new version with each write, its
/// crc32c computed, verified and kept. Values up to 4 KiB.
/// </summary>
internal sealed class StoreEngine(JobOptions options, int copy, OwnerLoop loop) : IoEngine(options, copy, loop)
{
    private const int ScratchBytes = 64;
    private const int ChecksumOffset = ScratchBytes - 8;

    private readonly ContainerId _container = new(Guid.AllBitsSet);
    private readonly ScratchDirectory _directory = new(options.Directory);
    private readonly NativeSlab _scratch = new((options.Depth + 1L) * ScratchBytes);
    private readonly NativeSlab _announcedKeys = new(Math.Max(options.LookAhead, 1) * Targets.KeyBytes);
    private readonly ObjectTarget[] _announced = new ObjectTarget[options.LookAhead];
    private readonly ObjectId _object = Targets.ObjectOf(options, copy, ObjectType.MultiHashed);
    private readonly AggregationControl _aggregation = new();
    private HybridLogicalClock _hlc = null!;
    private StoreShard _store = null!;
    private long _openNs;

    internal override long BesideBytes =>
        Options.AggregationAgeMs > 0 ? _store.Aggregation.FreedRecords * Options.BlockBytes : _store.ScrubStatistics.Bytes;

    internal override string Durability => Options.Volatile ? "volatile" : "durable";

    internal override StoreFigures Figures => new(
        _openNs, _store.Recovery.PagesLoaded, _store.Recovery.BytesReplayed, _store.Statistics.ArenaLiveBytes, _store.Statistics.LogUsedBytes);

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    internal override async ValueTask PrepareAsync()
    {
        _hlc = new HybridLogicalClock(SystemClock.Instance);
        var defaults = new StoreOptions
        {
            Path = Path.Combine(_directory.Path, $"dfio-store-{Copy}"),
            Hlc = _hlc,
            Random = new SeededRandom(SystemEntropy.Seed()),
            IsVolatile = Options.Volatile,
            DataBytes = Options.DataBytes > 0 ? Options.DataBytes : 1L << 30,
        };
        if (Options.BlockBytes >= defaults.DataThresholdBytes)
        {
            throw new OptionException($"bs={Options.BlockBytes}: ioengine=store writes values below {defaults.DataThresholdBytes} bytes");
        }

        StoreOptions sized = Options.ArenaBytes > 0 ? defaults with { ArenaReserveBytes = Options.ArenaBytes } : defaults;
        if (Options.LogBytes > 0)
        {
            // As much of it as can be shall be left to replay.
            sized = sized with { LogBytes = Options.LogBytes, CheckpointLogPercent = 75, CheckpointIntervalMs = 1 << 20 };
        }

        long startNs = Phase.Clock.MonotonicNs;
        DerResult<StoreShard> made = Options.OpensExisting ? await StoreShard.OpenAsync(Loop, sized) : await StoreShard.CreateAsync(Loop, sized);
        _openNs = Phase.Clock.MonotonicNs - startNs;
        if (!made.IsSuccess)
        {
            throw new DaosException(made.Code, Options.OpensExisting ? "open the store" : "create the store", sized.Path, sized.Report.LastError);
        }

        _store = made.Value;
        if (Options.OpensExisting)
        {
            return;
        }

        DerCode code = _store.CreateContainer(_container, out LogPosition position);
        code = code.IsSuccess ? await _store.WaitStableAsync(position) : code;
        if (code.IsError)
        {
            throw new DaosException(code, "create the container", sized.Path);
        }

        await PrepareScrubAsync(sized.Path);
        if (Options.AggregationAgeMs > 0)
        {
            Loop.Spawn(AggregateAsync());
        }
    }

    // One way through after the other, as the engine does, but without a break between two.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask AggregateAsync()
    {
        ulong age = (ulong)Options.AggregationAgeMs * 1_000_000 * HybridLogicalClock.UnitsPerNs;
        DerCode code = DerCode.Success;
        while (code.IsSuccess)
        {
            code = await _store.AggregateAsync(new Epoch(_hlc.Physical - age), _aggregation);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal override async ValueTask<DerCode> WriteAsync(IoSlot slot, long block)
    {
        UpdatePlan plan = Begin(slot, block, out DerCode code);
        LogPosition position = default;
        while (code.IsSuccess || code == DerCode.Again)
        {
            code = await plan.AdmitAsync();
            code = code.IsSuccess ? plan.Commit(out position, out _) : code;
            if (code != DerCode.Again)
            {
                break;
            }
        }

        plan.Free();
        DerCode stable = await _store.WaitStableAsync(position);
        return stable.IsError ? stable : code;
    }

    internal override unsafe ValueTask<DerCode> ReadAsync(IoSlot slot, long block)
    {
        FetchPlan plan = _store.BeginFetch(TargetOf(slot, block));
        byte* akey = Scratch(slot) + Targets.KeyBytes;
        DerCode code = plan.AddSingle(akey, Targets.Akey.Length);
        code = code.IsSuccess ? plan.Resolve() : code;
        if (code.IsSuccess && plan.ValueBytes(0) != slot.BlockBytes)
        {
            code = plan.Exists(0) ? DerCode.Truncated : DerCode.Nonexist;
        }

        if (code.IsSuccess)
        {
            plan.CopyTo(0, slot.ReadAddress);
            code = Crc32C.Compute(slot.ReadSpan) == plan.Checksums(0)[0] ? DerCode.Success : DerCode.Checksum;
        }

        plan.Free();
        return new ValueTask<DerCode>(code);
    }

    internal override unsafe void Announce(ReadOnlySpan<long> blocks)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            byte* key = _announcedKeys.Address + (i * Targets.KeyBytes);
            Targets.WriteKey(new Span<byte>(key, Targets.KeyBytes), blocks[i]);
            _announced[i] = new ObjectTarget { Container = _container, Object = _object, Dkey = key, DkeyLength = Targets.KeyBytes };
        }

        _store.Prefetch(_announced.AsSpan(0, blocks.Length));
    }

    public override async ValueTask DisposeAsync()
    {
        if (_store is not null && !Options.Abandons)
        {
            _aggregation.Cancel();
            await _store.CloseAsync();
        }

        _scratch.Dispose();
        _announcedKeys.Dispose();
        _directory.Dispose();
        await base.DisposeAsync();
    }

    // Arrays in the data space for the scrubber to find, and the scrubber itself: pass after pass at its rate.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PrepareScrubAsync(string path)
    {
        using var data = new ScrubData(_store);
        DerCode code = Options.ScrubDataBytes > 0 ? await data.WriteAsync(Options.ScrubDataBytes) : DerCode.Success;
        if (code.IsError)
        {
            throw new DaosException(code, "write what is to be scrubbed", path);
        }

        if (Options.ScrubBytesPerSecond > 0)
        {
            _store.StartScrub(new ScrubOptions { Mode = ScrubMode.Timed, FrequencySeconds = 1, BytesPerSecondMax = Options.ScrubBytesPerSecond });
        }
    }

    // The checksum lies behind the slot's keys, where it stays until the plan is freed.
    private unsafe UpdatePlan Begin(IoSlot slot, long block, out DerCode code)
    {
        UpdatePlan plan = _store.BeginUpdate(TargetOf(slot, block));
        var checksum = (uint*)(Scratch(slot) + ChecksumOffset);
        *checksum = Crc32C.Compute(slot.WriteSpan);
        var info = new ChecksumInfo { Type = ChecksumType.Crc32C, Values = checksum, Count = 1 };
        code = plan.AddSingle(Scratch(slot) + Targets.KeyBytes, Targets.Akey.Length, slot.BlockBytes, in info);
        if (code.IsSuccess)
        {
            plan.SetSource(0, slot.WriteAddress);
        }

        return plan;
    }

    private unsafe ObjectTarget TargetOf(IoSlot slot, long block)
    {
        byte* dkey = Scratch(slot);
        Targets.WriteKey(new Span<byte>(dkey, Targets.KeyBytes), block);
        Targets.Akey.CopyTo(new Span<byte>(dkey + Targets.KeyBytes, Targets.Akey.Length));
        return new ObjectTarget
        {
            Container = _container,
            Object = _object,
            Dkey = dkey,
            DkeyLength = Targets.KeyBytes,
            Modification = ModificationId.None,
        };
    }

    // Key bytes must lie in native memory while a plan uses them.
    private unsafe byte* Scratch(IoSlot slot) => _scratch.Address + ((long)slot.Index * ScratchBytes);
}
