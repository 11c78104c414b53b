using Daos.Fabric.Client.Calls;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Objects;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Dispatch;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Tests.Harness;

/// <summary>Objects in dictionaries. Checks what a client must send right: handle, hash, checksums, sequence numbers.</summary>
internal sealed class FakeObjects
{
    private readonly FakeEngine _engine;
    private readonly Dictionary<string, byte[]> _singles = [];
    private readonly Dictionary<string, SortedDictionary<ulong, byte[]>> _records = [];
    private readonly Dictionary<(Guid, int, ulong), Epoch> _results = [];
    private readonly unsafe byte* _staging = (byte*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(64 << 20);
    private ulong _epoch = 1000;

    internal FakeObjects(FakeEngine engine)
    {
        _engine = engine;
        Protocol = new RpcProtocol(ProtocolModules.Object, ProtocolModules.ObjectVersion, "obj",
        [
            new(ObjectOpcodes.Update.Index, "UPDATE", 1, RpcFeatures.Modification, UpdateAsync),
            new(ObjectOpcodes.Fetch.Index, "FETCH", 2, RpcFeatures.None, FetchAsync),
            new(ObjectOpcodes.PunchDkeys.Index, "PUNCH_DKEYS", 1, RpcFeatures.Modification, PunchAsync),
            new(ObjectOpcodes.DkeyEnumerate.Index, "DKEY_ENUM", 2, RpcFeatures.None, ListAsync),
        ]);
    }

    internal RpcProtocol Protocol { get; }

    private static string KeyOf(in ObjectTarget target, ReadOnlySpan<byte> dkey, ReadOnlySpan<byte> akey) =>
        $"{target.ObjectId}/{Convert.ToHexString(dkey)}/{Convert.ToHexString(akey)}";

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<bool> AdmitAsync(RpcRequest request)
    {
        _engine.Arrived++;
        while (_engine.Holds && !request.IsCanceled)
        {
            await PauseOperation.Start(_engine.Rpc.Loop, 200_000).Task;
        }

        if (_engine.TryTakeAnswer(out DerCode code))
        {
            request.Reply(code);
            return false;
        }

        if (!request.IsModification)
        {
            return true;
        }

        ModificationInfo info = request.Modification;
        Assert.NotEqual(Guid.Empty, info.ClientId);
        Assert.True(info.LowestUnanswered <= info.Sequence);
        _engine.LowestUnanswered = Math.Max(_engine.LowestUnanswered, info.LowestUnanswered);
        if (_results.TryGetValue((info.ClientId, request.Tag, info.Sequence), out Epoch epoch))
        {
            Assert.True(request.IsResend, "a number came twice without the resend flag");
            _engine.AnsweredFromResult++;
            Answer(request, epoch);
            return false;
        }

        return true;
    }

    private void Done(RpcRequest request)
    {
        _engine.Executed++;
        var epoch = new Epoch(++_epoch);
        _results.Add((request.Modification.ClientId, request.Tag, request.Modification.Sequence), epoch);
        Answer(request, epoch);
    }

    private static void Answer(RpcRequest request, Epoch epoch)
    {
        EpochReply.Write(request.BeginReply(EpochReply.SizeBytes), epoch);
        request.EndReply(EpochReply.SizeBytes, DerCode.Success);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask UpdateAsync(RpcRequest request)
    {
        if (!await AdmitAsync(request))
        {
            return;
        }

        ObjectIoRequest update = Parse(request, isUpdate: true);
        if (update.Memory.IsValid)
        {
            DerCode code = await PullAsync(request, update);
            if (code.IsError)
            {
                request.Reply(code);
                return;
            }
        }

        DerCode stored = Store(update);
        if (stored.IsError)
        {
            request.Reply(stored);
            return;
        }

        Done(request);
    }

    private unsafe ValueTask<DerCode> PullAsync(RpcRequest request, ObjectIoRequest update) =>
        request.PullAsync(update.Memory, 0, _staging, (int)update.ValueBytes);

    private unsafe ValueTask<DerCode> PushAsync(RpcRequest request, ObjectIoRequest fetch, int lengthBytes) =>
        request.PushAsync(fetch.Memory, 0, _staging, lengthBytes);

    private unsafe ObjectIoRequest Parse(RpcRequest request, bool isUpdate)
    {
        DerCode code = ObjectIoRequest.Parse(request.PayloadAddress, request.PayloadBytes, isUpdate, out ObjectIoRequest parsed);
        Assert.Equal(DerCode.Success, code);
        Assert.Contains(parsed.Target.ContainerHandle, _engine.Drawn);
        Assert.Equal(HashOf(parsed), parsed.Target.DkeyHash);
        return parsed;
    }

    private static ulong HashOf(ObjectIoRequest parsed) =>
        Fabric.Protocol.Placement.DkeyHash.Compute(parsed.Target.ObjectId, parsed.Dkey);

    private unsafe DerCode Store(ObjectIoRequest update)
    {
        byte* values = update.Memory.IsValid ? _staging : update.InlineValues;
        foreach (Iod iod in update)
        {
            string key = KeyOf(update.Target, update.Dkey, iod.Akey);
            var data = new ReadOnlySpan<byte>(values + iod.ValueOffset, (int)iod.ValueBytes);
            if (iod.Type == IodType.Single)
            {
                if ((update.Target.Flags & ObjectFlags.DkeyInsert) != 0 && _singles.ContainsKey(key))
                {
                    return DerCode.Exists;
                }

                if ((update.Target.Flags & ObjectFlags.DkeyUpdate) != 0 && !_singles.ContainsKey(key))
                {
                    return DerCode.Nonexist;
                }

                Assert.Equal(Crc32C.Compute(data), iod.Checksums[0]);
                _singles[key] = data.ToArray();
                continue;
            }

            StoreRecords(key, iod, data);
        }

        return DerCode.Success;
    }

    private void StoreRecords(string key, Iod iod, ReadOnlySpan<byte> data)
    {
        if (!_records.TryGetValue(key, out SortedDictionary<ulong, byte[]>? records))
        {
            _records.Add(key, records = []);
        }

        int checksum = 0;
        foreach (Recx extent in iod.Recxs)
        {
            int extentBytes = (int)(extent.Count * iod.RecordBytes);
            foreach ((int offset, int length) in Chunks((long)(extent.Index * iod.RecordBytes), extentBytes))
            {
                Assert.Equal(Crc32C.Compute(data.Slice(offset, length)), iod.Checksums[checksum++]);
            }

            for (ulong i = 0; i < extent.Count; i++)
            {
                records[extent.Index + i] = data.Slice((int)(i * iod.RecordBytes), (int)iod.RecordBytes).ToArray();
            }

            data = data[extentBytes..];
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask FetchAsync(RpcRequest request)
    {
        if (!await AdmitAsync(request))
        {
            return;
        }

        ObjectIoRequest fetch = Parse(request, isUpdate: false);
        bool sizesOnly = (fetch.Target.Flags & ObjectFlags.SizesOnly) != 0;
        List<Found> found = Collect(fetch);
        int total = found.Sum(f => f.Data.Length);
        if (!sizesOnly && !fetch.Memory.IsValid && total > ProtocolLimits.InlineBytesMax)
        {
            request.Reply(DerCode.RecordTooBig);
            return;
        }

        if (!sizesOnly && fetch.Memory.IsValid)
        {
            if (total > fetch.Memory.LengthBytes)
            {
                request.Reply(DerCode.RecordTooBig);
                return;
            }

            Stage(found);
            DerCode code = total == 0 ? DerCode.Success : await PushAsync(request, fetch, total);
            if (code.IsError)
            {
                request.Reply(code);
                return;
            }
        }

        Reply(request, found, !sizesOnly && !fetch.Memory.IsValid);
    }

    private unsafe void Stage(List<Found> found)
    {
        int offset = 0;
        foreach (Found one in found)
        {
            one.Data.CopyTo(new Span<byte>(_staging + offset, one.Data.Length));
            offset += one.Data.Length;
        }
    }

    private List<Found> Collect(ObjectIoRequest fetch)
    {
        var found = new List<Found>();
        foreach (Iod iod in fetch)
        {
            string key = KeyOf(fetch.Target, fetch.Dkey, iod.Akey);
            if (iod.Type == IodType.Single)
            {
                byte[] data = _singles.GetValueOrDefault(key, []);
                found.Add(new Found(data.Length, data, [], data.Length == 0 ? [] : [Crc32C.Compute(data)]));
                continue;
            }

            found.Add(CollectRecords(key, iod));
        }

        return found;
    }

    private Found CollectRecords(string key, Iod iod)
    {
        if (!_records.TryGetValue(key, out SortedDictionary<ulong, byte[]>? records) || records.Count == 0)
        {
            return new Found(0, [], [], []);
        }

        int recordBytes = records.First().Value.Length;
        var data = new List<byte>();
        var map = new List<Recx>();
        var checksums = new List<uint>();
        foreach (Recx extent in iod.Recxs)
        {
            for (ulong i = extent.Index; i < extent.End; i++)
            {
                bool exists = records.TryGetValue(i, out byte[]? record);
                data.AddRange(exists ? record! : new byte[recordBytes]);
                if (exists && map.Count > 0 && map[^1].End == i && i > extent.Index)
                {
                    map[^1] = map[^1] with { Count = map[^1].Count + 1 };
                }
                else if (exists)
                {
                    map.Add(new Recx(i, 1));
                }
            }
        }

        byte[] all = [.. data];
        int start = 0;
        foreach (Recx extent in iod.Recxs)
        {
            int extentBytes = (int)extent.Count * recordBytes;
            foreach ((int offset, int length) in Chunks((long)extent.Index * recordBytes, extentBytes))
            {
                checksums.Add(Crc32C.Compute(all.AsSpan(start + offset, length)));
            }

            start += extentBytes;
        }

        return new Found(recordBytes, all, [.. map], [.. checksums]);
    }

    // The definition, byte by byte: a chunk ends where the next multiple of 32 KiB begins.
    private static IEnumerable<(int Offset, int Length)> Chunks(long firstByte, int lengthBytes)
    {
        int from = 0;
        for (int i = 1; i <= lengthBytes; i++)
        {
            if (i == lengthBytes || (firstByte + i) % (32 * 1024) == 0)
            {
                yield return (from, i - from);
                from = i;
            }
        }
    }

    private void Reply(RpcRequest request, List<Found> found, bool isInline)
    {
        var writer = new FetchReplyWriter(request.BeginReply(ProtocolLimits.PayloadBytesMax), new Epoch(_epoch));
        foreach (Found one in found)
        {
            var wire = new FetchIodWire
            {
                RecordBytes = (ulong)one.RecordBytes,
                ValueBytes = (ulong)one.Data.Length,
                ChecksumType = (byte)(one.Checksums.Length == 0 ? ChecksumType.None : ChecksumType.Crc32C),
                ChunkBytes = one.Map.Length == 0 ? 0 : 32u * 1024,
                MapCount = (uint)one.Map.Length,
                ChecksumWords = (uint)one.Checksums.Length,
            };
            writer.AddIod(in wire, out Span<Recx> map, out Span<uint> checksums);
            one.Map.CopyTo(map);
            one.Checksums.CopyTo(checksums);
            if (_engine.BreaksChecksums && checksums.Length > 0)
            {
                checksums[0]++;
            }
        }

        foreach (Found one in found)
        {
            if (isInline)
            {
                one.Data.CopyTo(writer.TakeValue(one.Data.Length));
            }
        }

        Assert.False(writer.Failed);
        request.EndReply(writer.LengthBytes, DerCode.Success);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PunchAsync(RpcRequest request)
    {
        if (!await AdmitAsync(request))
        {
            return;
        }

        Remove(request);
        Done(request);
    }

    private unsafe void Remove(RpcRequest request)
    {
        Assert.Equal(DerCode.Success, ObjectKeyRequest.Parse(request.PayloadAddress, request.PayloadBytes, false, out ObjectKeyRequest punch));
        string prefix = $"{punch.Target.ObjectId}/{Convert.ToHexString(punch.Dkey)}/";
        foreach (string key in _singles.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).ToList())
        {
            _singles.Remove(key);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ListAsync(RpcRequest request)
    {
        if (await AdmitAsync(request))
        {
            List(request);
        }
    }

    // Three keys a page, so that clients have to go on; each target lists what placement gives it.
    private unsafe void List(RpcRequest request)
    {
        Assert.Equal(DerCode.Success, ObjectKeyRequest.Parse(request.PayloadAddress, request.PayloadBytes, true, out ObjectKeyRequest list));
        ObjectId id = list.Target.ObjectId;
        int target = Tags.TargetOf(request.Tag);
        string prefix = $"{id}/";
        List<byte[]> keys =
        [
            .. _singles.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal))
                .Select(k => Convert.FromHexString(k.Split('/')[1]))
                .Where(k => Fabric.Protocol.Placement.ObjectPlacement.TargetOf(id, Fabric.Protocol.Placement.DkeyHash.Compute(id, k), FakeEngine.Targets) == target),
        ];
        int skip = list.Enumerate->Anchor[0];
        int count = Math.Min(3, keys.Count - skip);
        var wire = new EnumerateReplyWire
        {
            Entries = (uint)count,
            Flags = skip + count == keys.Count ? EnumerateReplyWire.EndFlag : 0,
            EntryBytes = (uint)keys.Skip(skip).Take(count).Sum(k => k.Length + 2),
        };
        wire.Anchor[0] = (byte)(skip + count);
        var writer = new Rpc.Wire.WireWriter(request.BeginReply(ProtocolLimits.PayloadBytesMax));
        System.Runtime.InteropServices.MemoryMarshal.Write(writer.Take(EnumerateReplyWire.SizeBytes), in wire);
        foreach (byte[] key in keys.Skip(skip).Take(count))
        {
            writer.WriteUInt16((ushort)key.Length);
            writer.WriteBytes(key);
        }

        request.EndReply(writer.Position, DerCode.Success);
    }

    private sealed record Found(int RecordBytes, byte[] Data, Recx[] Map, uint[] Checksums);
}
