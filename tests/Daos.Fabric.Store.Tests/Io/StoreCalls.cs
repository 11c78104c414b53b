using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Checksums;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>The calls of an engine's handlers, complete with moving bytes and waiting until stable. On the shard's owner thread.</summary>
internal sealed partial class StoreCalls(StoreShard shard, ContainerId container)
{
    internal const uint ChunkBytes = 512;

    /// <summary>Kind of the checksums of updates.</summary>
    internal ChecksumType Type { get; set; } = ChecksumType.Crc32C;

    /// <summary>Bytes that each covers in an array.</summary>
    internal uint ChunkSize { get; set; } = ChunkBytes;

    /// <summary>Updates are checked before they are stored.</summary>
    internal bool VerifiesOnArrival { get; set; } = true;

    /// <summary>Fetches check everything that is stored.</summary>
    internal bool VerifiesAll { get; set; }

    /// <summary>What happens between a read that found damage and the mark.</summary>
    internal Action? BeforeMark { get; set; }

    /// <summary>The next update comes with a wrong checksum.</summary>
    internal bool CorruptNextChecksum { get; set; }

    /// <summary>The next array update comes with one checksum too few.</summary>
    internal bool DropNextChecksum { get; set; }

    /// <summary>Puts a single value, small or large.</summary>
    internal async ValueTask<(DerCode Code, Epoch Epoch)> PutAsync(CallKeys keys, byte[] value)
    {
        using var call = new NativeCall(keys, value);
        UpdatePlan plan = Begin(keys, call);
        try
        {
            DerCode code = AddSingle(plan, call);
            return code.IsError ? (code, default) : await FinishAsync(plan, call, [0]);
        }
        finally
        {
            plan.Free();
        }
    }

    /// <summary>Writes ranges of one array; a range without data is a hole.</summary>
    internal async ValueTask<(DerCode Code, Epoch Epoch)> WriteAsync(CallKeys keys, int recordBytes, params (ulong Start, ulong Count, byte[]? Data)[] ranges)
    {
        using var call = new NativeCall(keys, ranges.SelectMany(range => range.Data ?? []).ToArray());
        UpdatePlan plan = Begin(keys, call);
        try
        {
            DerCode code = AddRanges(plan, call, recordBytes, ranges, out long[] offsets);
            return code.IsError ? (code, default) : await FinishAsync(plan, call, offsets);
        }
        finally
        {
            plan.Free();
        }
    }

    /// <summary>Gets a single value, null when there is none.</summary>
    internal async ValueTask<(DerCode Code, byte[]? Value)> GetAsync(CallKeys keys)
    {
        using var call = new NativeCall(keys, []);
        FetchPlan plan = BeginFetch(keys, call);
        try
        {
            AskSingle(plan, call);
            DerCode code = await ResolveAsync(plan);
            code = code.IsSuccess && plan.NeedsDataRead ? await plan.GatherAsync() : code;
            await MarkAsync(plan, code);
            return (code, code.IsSuccess && plan.Exists(0) ? CopyChecked(plan, 0) : null);
        }
        finally
        {
            plan.Free();
        }
    }

    /// <summary>Gets a single value of any size, piece by piece.</summary>
    internal async ValueTask<(DerCode Code, byte[]? Value)> GetLargeAsync(CallKeys keys)
    {
        using var call = new NativeCall(keys, []);
        FetchPlan plan = BeginFetch(keys, call);
        try
        {
            AskSingle(plan, call);
            DerCode code = await ResolveAsync(plan);
            byte[] bytes = new byte[plan.TotalBytes];
            for (int i = 0; i < plan.PieceCount && code.IsSuccess; i++)
            {
                code = await plan.LoadAsync(i);
                if (code.IsSuccess)
                {
                    CopyPiece(plan, i, bytes);
                }
            }

            if (code.IsSuccess)
            {
                CheckChecksums(plan, 0, bytes);
            }

            return (code, bytes);
        }
        finally
        {
            plan.Free();
        }
    }

    /// <summary>Reads a range of an array: bytes with holes as zeros, and which records exist; null when the akey does not exist.</summary>
    internal async ValueTask<(DerCode Code, byte[]? Bytes, bool[] Map)> ReadAsync(CallKeys keys, ulong start, ulong count)
    {
        using var call = new NativeCall(keys, []);
        FetchPlan plan = BeginFetch(keys, call);
        try
        {
            AskExtent(plan, call, start, count);
            DerCode code = await ResolveAsync(plan);
            if (code.IsError || !plan.Exists(0))
            {
                await MarkAsync(plan, code);
                return (code, null, []);
            }

            byte[]? bytes;
            if (plan.NeedsDataRead && plan.TotalBytes > FetchPlan.GatheredBytesMax)
            {
                bytes = new byte[plan.TotalBytes];
                for (int i = 0; i < plan.PieceCount && code.IsSuccess; i++)
                {
                    code = await plan.LoadAsync(i);
                    if (code.IsSuccess)
                    {
                        CopyPiece(plan, i, bytes);
                    }
                }

                if (code.IsSuccess)
                {
                    CheckChecksums(plan, 0, bytes);
                }
            }
            else
            {
                code = plan.NeedsDataRead ? await plan.GatherAsync() : code;
                bytes = code.IsSuccess ? CopyChecked(plan, 0) : null;
            }

            await MarkAsync(plan, code);
            return (code, bytes, MapOf(plan, start, count));
        }
        finally
        {
            plan.Free();
        }
    }

    /// <summary>Punches and waits until stable.</summary>
    internal async ValueTask<(DerCode Code, Epoch Epoch)> PunchAsync(CallKeys keys, PunchScope scope)
    {
        using var call = new NativeCall(keys, []);
        DerCode code;
        LogPosition position;
        Epoch epoch;
        while ((code = Punch(keys, call, scope, out position, out epoch)) == DerCode.Again)
        {
            DerCode admitted = await shard.AdmitAsync();
            if (admitted.IsError)
            {
                return (admitted, default);
            }
        }

        DerCode stable = await shard.WaitStableAsync(position);
        return (stable.IsError ? stable : code, epoch);
    }

    /// <summary>Lists every key through buffers of a given size.</summary>
    internal (DerCode Code, List<byte[]> Keys) List(CallKeys keys, bool dkeys, int bufferBytes, bool descending = false)
    {
        using var call = new NativeCall(keys, []);
        ObjectTarget target = Target(keys, call);
        byte[] packed = new byte[bufferBytes];
        var found = new List<byte[]>();
        var anchor = default(ListAnchor);
        while (!anchor.IsEnd)
        {
            var request = new ListRequest { Anchor = anchor, Descending = descending };
            DerCode code = dkeys
                ? shard.ListDkeys(in target, in request, packed, out anchor, out ListResult result)
                : shard.ListAkeys(in target, in request, packed, out anchor, out result);
            if (code.IsError)
            {
                return (code, found);
            }

            Span<byte> rest = packed.AsSpan(0, result.Bytes);
            for (int i = 0; i < result.Count; i++)
            {
                int length = MemoryMarshal.Read<ushort>(rest);
                found.Add(rest.Slice(2, length).ToArray());
                rest = rest[(2 + length)..];
            }

            Assert.True(rest.IsEmpty);
        }

        return (DerCode.Success, found);
    }

    /// <summary>Lists every visible extent through buffers of a given size.</summary>
    internal (DerCode Code, List<ListedExtent> Extents) ListExtents(CallKeys keys, int bufferBytes, bool descending = false)
    {
        using var call = new NativeCall(keys, []);
        byte[] packed = new byte[bufferBytes];
        var found = new List<ListedExtent>();
        var anchor = default(ListAnchor);
        while (!anchor.IsEnd)
        {
            DerCode code = ListExtents(keys, call, ref anchor, packed, descending, out ListResult result);
            if (code.IsError)
            {
                return (code, found);
            }

            found.AddRange(MemoryMarshal.Cast<byte, ListedExtent>(packed.AsSpan(0, result.Bytes)));
        }

        return (DerCode.Success, found);
    }

    /// <summary>Iterates through buffers of a given size to the end.</summary>
    internal unsafe (DerCode Code, List<(IterationEntry Entry, byte[] Key)> Entries) Iterate(
        IterationLevel level, CallKeys keys, IterationRequest request, int bufferBytes = 1000)
    {
        using var call = new NativeCall(keys, []);
        ObjectTarget target = Target(keys, call);
        var akey = new KeyBytes(call.Akey, call.AkeyLength);
        byte[] packed = new byte[bufferBytes];
        var found = new List<(IterationEntry, byte[])>();
        var anchor = default(ListAnchor);
        for (int calls = 0; !anchor.IsEnd; calls++)
        {
            Assert.True(calls < 1_000_000, "an iteration that does not end");
            request = request with { Anchor = anchor };
            DerCode code = shard.Iterate(level, in target, akey, in request, packed, out anchor, out ListResult result);
            if (code.IsError)
            {
                return (code, found);
            }

            Span<byte> rest = packed.AsSpan(0, result.Bytes);
            for (int i = 0; i < result.Count; i++)
            {
                IterationEntry entry = MemoryMarshal.Read<IterationEntry>(rest);
                found.Add((entry, rest.Slice(IterationEntry.SizeBytes, entry.KeyLength).ToArray()));
                rest = rest[entry.EntryBytes..];
            }

            Assert.True(rest.IsEmpty);
        }

        return (DerCode.Success, found);
    }

    /// <summary>Queries for integer keys and runs.</summary>
    internal unsafe (DerCode Code, ulong Dkey, ulong Akey, KeyQueryResult Result) Query(CallKeys keys, KeyQueryFlags flags, int dataCells = 0)
    {
        using var call = new NativeCall(keys, []);
        ObjectTarget target = Target(keys, call);
        byte[] dkey = new byte[8];
        byte[] akey = new byte[8];
        DerCode code = shard.QueryKey(
            in target, flags, new KeyBytes(call.Akey, call.AkeyLength), dkey, akey, out KeyQueryResult result, dataCells);
        return (code, BitConverter.ToUInt64(dkey), BitConverter.ToUInt64(akey), result);
    }

    /// <summary>Takes records out of an array and waits until that is stable.</summary>
    internal async ValueTask<(DerCode Code, int Removed)> RemoveAsync(CallKeys keys, RemovalRange range)
    {
        using var call = new NativeCall(keys, []);
        DerCode code;
        LogPosition position;
        int removed;
        while ((code = Remove(keys, call, in range, out position, out removed)) == DerCode.Again)
        {
            Assert.Equal(DerCode.Success, await shard.AdmitAsync());
        }

        DerCode stable = await shard.WaitStableAsync(position);
        return (stable.IsError ? stable : code, removed);
    }

    private unsafe DerCode Remove(CallKeys keys, NativeCall call, in RemovalRange range, out LogPosition position, out int removed)
    {
        ObjectTarget target = Target(keys, call);
        return shard.RemoveRecords(in target, new KeyBytes(call.Akey, call.AkeyLength), in range, out position, out removed);
    }

    private async ValueTask MarkAsync(FetchPlan plan, DerCode code)
    {
        if (code == DerCode.Checksum)
        {
            BeforeMark?.Invoke();
            Assert.Equal(DerCode.Success, await plan.MarkCorruptedAsync());
        }
    }

    private unsafe ObjectTarget Target(CallKeys keys, NativeCall call) => new()
    {
        Container = container,
        Object = keys.Object,
        Dkey = call.Dkey,
        DkeyLength = call.DkeyLength,
        Epoch = keys.Epoch,
        Conditions = keys.Conditions,
        Modification = keys.Id,
        MinorEpoch = keys.Minor,
        EpochBound = keys.EpochBound,
        Transaction = keys.Transaction,
        Flags = keys.Flags,
    };

    private UpdatePlan Begin(CallKeys keys, NativeCall call)
    {
        ObjectTarget target = Target(keys, call);
        UpdatePlan plan = shard.BeginUpdate(in target);
        plan.VerifiesChecksums = VerifiesOnArrival;
        return plan;
    }

    private FetchPlan BeginFetch(CallKeys keys, NativeCall call)
    {
        ObjectTarget target = Target(keys, call);
        FetchPlan plan = shard.BeginFetch(in target);
        plan.VerifiesAll = VerifiesAll;
        return plan;
    }

    private unsafe DerCode AddSingle(UpdatePlan plan, NativeCall call)
    {
        DerCode code = plan.AddSingle(call.Akey, call.AkeyLength, call.ValueBytes, Tamper(call.SingleChecksum(Type)));
        if (code.IsSuccess && plan.PartCount(0) == 0)
        {
            plan.SetSource(0, call.Value);
        }

        return code;
    }

    private unsafe DerCode AddRanges(
        UpdatePlan plan, NativeCall call, int recordBytes, (ulong Start, ulong Count, byte[]? Data)[] ranges, out long[] offsets)
    {
        offsets = new long[ranges.Length];
        long offset = 0;
        for (int i = 0; i < ranges.Length; i++)
        {
            (ulong start, ulong count, byte[]? data) = ranges[i];
            offsets[i] = offset;
            DerCode code = data is null
                ? plan.AddHole(call.Akey, call.AkeyLength, start, count)
                : plan.AddExtent(
                    call.Akey, call.AkeyLength, recordBytes, start, count,
                    Tamper(call.ChunkChecksums(offset, data.Length, start * (ulong)recordBytes, ChunkSize, Type)));
            if (code.IsError)
            {
                return code;
            }

            if (data is not null && plan.PartCount(i) == 0)
            {
                plan.SetSource(i, call.Value + offset);
            }

            offset += data?.Length ?? 0;
        }

        return DerCode.Success;
    }

    private unsafe ChecksumInfo Tamper(ChecksumInfo info)
    {
        if (CorruptNextChecksum)
        {
            info.Values[(info.Count * ChecksumTypes.Words(info.Type)) - 1] ^= 1;
        }

        int dropped = DropNextChecksum ? 1 : 0;
        CorruptNextChecksum = false;
        DropNextChecksum = false;
        return new ChecksumInfo { Type = info.Type, ChunkBytes = info.ChunkBytes, Values = info.Values, Count = info.Count - dropped };
    }

    private static unsafe void AskSingle(FetchPlan plan, NativeCall call) => plan.AddSingle(call.Akey, call.AkeyLength);

    private static unsafe void AskExtent(FetchPlan plan, NativeCall call, ulong start, ulong count) =>
        plan.AddExtent(call.Akey, call.AkeyLength, start, count);

    private unsafe DerCode Punch(CallKeys keys, NativeCall call, PunchScope scope, out LogPosition position, out Epoch epoch)
    {
        ObjectTarget target = Target(keys, call);
        ReadOnlySpan<KeyBytes> akeys = scope == PunchScope.Akeys ? [new KeyBytes(call.Akey, call.AkeyLength)] : [];
        return shard.Punch(in target, scope, akeys, out position, out epoch);
    }

    private unsafe DerCode ListExtents(
        CallKeys keys, NativeCall call, ref ListAnchor anchor, byte[] packed, bool descending, out ListResult result)
    {
        ObjectTarget target = Target(keys, call);
        var request = new ListRequest { Anchor = anchor, Descending = descending };
        return shard.ListExtents(in target, new KeyBytes(call.Akey, call.AkeyLength), in request, packed, out anchor, out result);
    }

    private async ValueTask<DerCode> ResolveAsync(FetchPlan plan)
    {
        while (true)
        {
            DerCode code = plan.Resolve();
            if (plan.DependsOn <= shard.StablePosition)
            {
                return code;
            }

            DerCode stable = await shard.WaitStableAsync(plan.DependsOn);
            if (stable.IsError)
            {
                return stable;
            }
        }
    }

    private async ValueTask<(DerCode Code, Epoch Epoch)> FinishAsync(UpdatePlan plan, NativeCall call, long[] offsets)
    {
        DerCode code = await WriteDataAsync(plan, call, offsets);
        if (code.IsError)
        {
            return (code, default);
        }

        Epoch epoch;
        LogPosition position;
        do
        {
            DerCode admitted = await plan.AdmitAsync();
            if (admitted.IsError)
            {
                return (admitted, default);
            }

            code = plan.Commit(out position, out epoch);
        }
        while (code == DerCode.Again);

        DerCode stable = await shard.WaitStableAsync(position);
        return (stable.IsError ? stable : code, epoch);
    }

    private static async ValueTask<DerCode> WriteDataAsync(UpdatePlan plan, NativeCall call, long[] offsets)
    {
        for (int value = 0; value < plan.Count; value++)
        {
            for (int part = 0; part < plan.PartCount(value); part++)
            {
                await plan.OpenPartAsync(value);
                FillPart(plan, call, offsets[value] + ((long)part * UpdatePlan.PartBytesMax));
                DerCode written = await WritePartAsync(plan);
                if (written.IsError)
                {
                    return written;
                }
            }
        }

        return await plan.FlushDataAsync();
    }

    private static async ValueTask<DerCode> WritePartAsync(UpdatePlan plan)
    {
        ValueTask<DerCode> first = plan.WriteStepAsync();
        DerCode second = plan.PartBytes > plan.FirstStepBytes ? await plan.WriteStepAsync() : DerCode.Success;
        DerCode code = await first;
        plan.ClosePart();
        return code.IsError ? code : second;
    }

    private static unsafe void FillPart(UpdatePlan plan, NativeCall call, long offset) =>
        new ReadOnlySpan<byte>(call.Value + offset, plan.PartBytes).CopyTo(new Span<byte>(plan.PartAddress, plan.PartBytes));

    private static unsafe void CopyPiece(FetchPlan plan, int piece, byte[] bytes)
    {
        FetchPiece loaded = plan.Piece(piece);
        if (loaded.Address != null)
        {
            new ReadOnlySpan<byte>(loaded.Address, (int)loaded.LengthBytes).CopyTo(bytes.AsSpan((int)loaded.OffsetBytes));
        }
    }

    private static unsafe byte[] CopyChecked(FetchPlan plan, int value)
    {
        byte[] bytes = new byte[plan.ValueBytes(value)];
        fixed (byte* p = bytes)
        {
            plan.CopyTo(value, p);
        }

        CheckChecksums(plan, value, bytes);
        return bytes;
    }

    private static void CheckChecksums(FetchPlan plan, int value, byte[] bytes)
    {
        uint chunkBytes = plan.ChunkBytesOf(value);
        long firstByte = (long)(plan.FirstIndexOf(value) & ~(1UL << 63)) * plan.RecordBytes(value);
        int done = 0;
        ChecksumType type = plan.ChecksumTypeOf(value);
        int words = ChecksumTypes.Words(type);
        for (ReadOnlySpan<uint> left = plan.Checksums(value); !left.IsEmpty; left = left[words..])
        {
            int length = bytes.Length - done;
            if (chunkBytes > 0)
            {
                length = (int)Math.Min(chunkBytes - ((firstByte + done) % chunkBytes), length);
            }

            Assert.True(Checksum.Matches(type, bytes.AsSpan(done, length), left), $"{type} of bytes {done} to {done + length}");
            done += length;
        }

        Assert.True(plan.Checksums(value).IsEmpty || done == bytes.Length, "checksums do not cover the value");
    }

    private static bool[] MapOf(FetchPlan plan, ulong start, ulong count)
    {
        var map = new bool[count];
        for (int run = 0; plan.TryGetRun(0, run, out ulong index, out ulong records); run++)
        {
            map.AsSpan((int)(index - start), (int)records).Fill(true);
        }

        return map;
    }
}
