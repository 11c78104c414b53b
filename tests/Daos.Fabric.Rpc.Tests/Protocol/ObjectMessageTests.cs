using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Rpc.Tests.Protocol;

public sealed unsafe class ObjectMessageTests
{
    private static readonly Guid s_handle = new("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly ObjectTarget s_target = new(s_handle, new ObjectId(0x0102030405060708, 0x1112131415161718), 0x2122232425262728, new Epoch(0x31), ObjectFlags.DkeyInsert);

    [Fact]
    public void Layouts_CoverTheirSizes()
    {
        WireLayout.CheckCovers<ObjectHeadWire>(ObjectHeadWire.SizeBytes);
        WireLayout.CheckCovers<ObjectIoWire>(ObjectIoWire.SizeBytes);
        WireLayout.CheckCovers<IodWire>(IodWire.SizeBytes);
        WireLayout.CheckCovers<FetchReplyWire>(FetchReplyWire.SizeBytes);
        WireLayout.CheckCovers<FetchIodWire>(FetchIodWire.SizeBytes);
        WireLayout.CheckCovers<EnumerateWire>(EnumerateWire.SizeBytes);
        WireLayout.CheckCovers<EnumerateReplyWire>(EnumerateReplyWire.SizeBytes);
        Assert.Equal(ObjectEntry.SizeBytes, Marshal.SizeOf<ObjectEntry>());
        Assert.Equal(
            "010000000000000002000000000000000300000000000000",
            Convert.ToHexString(MemoryMarshal.AsBytes<ObjectEntry>([new ObjectEntry(1, 2, 3)])));
        Assert.Equal(Recx.SizeBytes, sizeof(Recx));
        Assert.Equal(RecxEntry.SizeBytes, sizeof(RecxEntry));
        Assert.Equal(EnumerationAnchor.SizeBytes, sizeof(EnumerationAnchor));
    }

    [Fact]
    public void Opcodes_Golden()
    {
        Assert.Equal(0x04010000u, ObjectOpcodes.Update.Value);
        Assert.Equal(0x04010001u, ObjectOpcodes.Fetch.Value);
        Assert.Equal(0x04010002u, ObjectOpcodes.DkeyEnumerate.Value);
        Assert.Equal(0x04010003u, ObjectOpcodes.AkeyEnumerate.Value);
        Assert.Equal(0x04010004u, ObjectOpcodes.RecxEnumerate.Value);
        Assert.Equal(0x04010006u, ObjectOpcodes.Punch.Value);
        Assert.Equal(0x04010007u, ObjectOpcodes.PunchDkeys.Value);
        Assert.Equal(0x04010008u, ObjectOpcodes.PunchAkeys.Value);
        Assert.Equal(0x04010009u, ObjectOpcodes.QueryKey.Value);
        Assert.Equal(0x04010040u, ObjectOpcodes.ObjectTable.Value);
        Assert.Equal(0x02010000u, Daos.Fabric.Protocol.Pools.PoolOpcodes.Create.Value);
        Assert.Equal(0x03010004u, Daos.Fabric.Protocol.Containers.ContainerOpcodes.List.Value);
        Assert.Equal(0x03010005u, Daos.Fabric.Protocol.Containers.ContainerOpcodes.SnapshotCreate.Value);
        Assert.Equal(0x03010006u, Daos.Fabric.Protocol.Containers.ContainerOpcodes.SnapshotDestroy.Value);
        Assert.Equal(0x03010007u, Daos.Fabric.Protocol.Containers.ContainerOpcodes.SnapshotList.Value);
        Assert.Equal(0x03010008u, Daos.Fabric.Protocol.Containers.ContainerOpcodes.SnapshotOpen.Value);
    }

    [Fact]
    public void Update_GoldenBytes()
    {
        byte[] payload = new byte[512];
        int length = WriteUpdate(payload);
        Assert.Equal(
            "00112233445566778899AABBCCDDEEFF" + "1817161514131211" + "0807060504030201" + "2827262524232221"
            + "3100000000000000" + "0200000004000200"
            + "0000000000000000" + "0000000000000000" + "0000000000000000" + "0D00000000000000"
            + "646B657900000000"
            + "0100010100001000" + "0500000000000000" + "0000000001000000" + "6100000000000000" + "7856341200000000"
            + "0200020001000000" + "0200000000000000" + "0000000000000000" + "6263000000000000" + "0A00000000000000" + "0400000000000000"
            + "0102030405" + "1111111111111111",
            Convert.ToHexString(payload.AsSpan(0, length)));
    }

    [Fact]
    public void Update_RoundTrip()
    {
        Check(payload =>
        {
            Assert.Equal(DerCode.Success, ObjectIoRequest.Parse(payload.Address, payload.Length, isUpdate: true, out ObjectIoRequest request));
            Assert.Equal(s_target, request.Target);
            Assert.Equal("dkey"u8, request.Dkey);
            Assert.Equal(2, request.IodCount);
            Assert.Equal(13, request.ValueBytes);
            Assert.False(request.Memory.IsValid);
            ObjectIoRequest.Enumerator iods = request.GetEnumerator();
            Assert.True(iods.MoveNext());
            Assert.Equal(IodType.Single, iods.Current.Type);
            Assert.Equal("a"u8, iods.Current.Akey);
            Assert.Equal(ObjectFlags.AkeyInsert, iods.Current.Conditions);
            Assert.Equal(ChecksumType.Crc32C, iods.Current.ChecksumType);
            Assert.Equal([0x12345678u], iods.Current.Checksums.ToArray());
            Assert.Equal(new byte[] { 1, 2, 3, 4, 5 }, new ReadOnlySpan<byte>(request.InlineValues + iods.Current.ValueOffset, (int)iods.Current.ValueBytes));
            Assert.True(iods.MoveNext());
            Assert.Equal("bc"u8, iods.Current.Akey);
            Assert.Equal([new Recx(10, 4)], iods.Current.Recxs.ToArray());
            Assert.Equal((5, 8), (iods.Current.ValueOffset, iods.Current.ValueBytes));
            Assert.False(iods.MoveNext());
        });
    }

    [Fact]
    public void Update_EveryTruncation_Refused()
    {
        byte[] payload = new byte[512];
        int length = WriteUpdate(payload);
        using var block = new NativeBlock(512);
        payload.CopyTo(block.Span);
        for (int cut = 0; cut < length; cut++)
        {
            Assert.True(ObjectIoRequest.Parse(block.Address, cut, isUpdate: true, out _).IsError, $"cut at {cut}");
        }

        Assert.True(ObjectIoRequest.Parse(block.Address, length + 8, isUpdate: true, out _).IsError);
    }

    public static TheoryData<string, Action<byte[]>, int> Spoilers => new()
    {
        { "flag", m => m[51] = 0x01, DerCode.Protocol.Value },
        { "no dkey", m => m[52] = 0, DerCode.Protocol.Value },
        { "dkey too big", m => m[53] = 0x20, DerCode.KeyTooBig.Value },
        { "no iods", m => m[54] = 0, DerCode.Protocol.Value },
        { "too many iods", m => m[54] = 65, DerCode.Protocol.Value },
        { "memory without key", m => m[64] = 1, DerCode.Protocol.Value },
        { "reserved", m => m[84] = 1, DerCode.Protocol.Value },
        { "dkey padding", m => m[95] = 1, DerCode.Protocol.Value },
        { "no akey", m => m[96] = 0, DerCode.Protocol.Value },
        { "akey too big", m => m[97] = 0x20, DerCode.KeyTooBig.Value },
        { "type", m => m[98] = 3, DerCode.Protocol.Value },
        { "checksum type", m => m[99] = 8, DerCode.Protocol.Value },
        { "checksum of another length", m => m[99] = (byte)ChecksumType.Sha256, DerCode.IoInval.Value },
        { "condition of a fetch", m => m[102] = 0x40, DerCode.Protocol.Value },
        { "condition that is none", m => m[103] = 1, DerCode.Protocol.Value },
        { "single with extents", m => m[100] = 1, DerCode.Protocol.Value },
        { "value too big", m => m[108] = 1, DerCode.RecordTooBig.Value },
        { "values do not add up", m => m[104] = 6, DerCode.IoInval.Value },
        { "checksum missing", m => m[99] = 0, DerCode.IoInval.Value },
        { "extent empty", m => m[176] = 0, DerCode.IoInval.Value },
        { "extent overflows", m => m.AsSpan(168, 8).Fill(0xFF), DerCode.IoInval.Value },
        { "extent huge", m => m[181] = 1, DerCode.RecordTooBig.Value },
    };

    [Theory]
    [MemberData(nameof(Spoilers))]
    public void Update_Spoiled_RefusedWithItsCode(string what, Action<byte[]> spoil, int code)
    {
        byte[] payload = new byte[512];
        int length = WriteUpdate(payload);
        spoil(payload);
        using var block = new NativeBlock(512);
        payload.CopyTo(block.Span);
        DerCode seen = ObjectIoRequest.Parse(block.Address, length, isUpdate: true, out _);
        Assert.True(seen.Value == code, $"{what}: {seen}");
    }

    [Fact]
    public void Update_WithMemory_NeedsReadAccessAndRoom()
    {
        using var block = new NativeBlock(512);
        foreach ((RemoteMemory memory, bool good) in new[]
        {
            (new RemoteMemory(7, 5, MemoryAccess.RemoteRead), true),
            (new RemoteMemory(7, 4, MemoryAccess.RemoteRead), false),
            (new RemoteMemory(7, 5, MemoryAccess.RemoteWrite), false),
            (new RemoteMemory(7, -1, MemoryAccess.RemoteRead), false),
            (new RemoteMemory(0, 5, MemoryAccess.RemoteRead), false),
        })
        {
            var writer = new ObjectIoWriter(block.Span, s_target, "dkey"u8, 1, memory);
            writer.AddSingle("a"u8, 5, ChecksumType.None, []);
            DerCode code = ObjectIoRequest.Parse(block.Address, writer.LengthBytes, isUpdate: true, out ObjectIoRequest request);
            Assert.Equal(good, code.IsSuccess);
            Assert.True(code.IsError || request.InlineValues is null);
        }
    }

    [Fact]
    public void Requests_RandomMutations_NeverReadOutside()
    {
        // The payload ends where memory ends as far as the parser is told; the guard behind it must not influence the outcome.
        var random = new SeededRandom(11);
        byte[] valid = new byte[512];
        int length = WriteUpdate(valid);
        using var block = new NativeBlock(1024);
        for (int i = 0; i < 200_000; i++)
        {
            block.Span.Fill((byte)i);
            valid.AsSpan(0, length).CopyTo(block.Span);
            for (int c = 1 + random.Next(4); c > 0; c--)
            {
                block.Span[random.Next(length)] = (byte)random.NextUInt64();
            }

            int cut = random.Chance(0.3) ? random.Next(length) : length;
            bool isUpdate = random.Chance(0.7);
            if (ObjectIoRequest.Parse(block.Address, cut, isUpdate, out ObjectIoRequest request).IsSuccess)
            {
                CheckInside(request, block.Address, cut);
            }

            if (ObjectKeyRequest.Parse(block.Address, cut, random.Chance(0.5), out ObjectKeyRequest keys).IsSuccess)
            {
                foreach (KeyView key in keys)
                {
                    Assert.True(key.Address + key.LengthBytes <= block.Address + cut);
                }
            }

            FetchReply.TryParse(block.Address, cut, random.Chance(0.5), out _);
            EnumerateReply.TryParse(block.Span[..cut], random.Chance(0.5), out _);
        }
    }

    [Fact]
    public void FetchReply_RoundTrip()
    {
        using var block = new NativeBlock(512);
        var writer = new FetchReplyWriter(block.Span, new Epoch(77));
        writer.AddIod(new FetchIodWire { RecordBytes = 5, ValueBytes = 5, ChecksumType = 1, ChecksumWords = 1 }, out _, out Span<uint> checksums);
        checksums[0] = 0xAABBCCDD;
        writer.AddIod(new FetchIodWire { RecordBytes = 1, ValueBytes = 8, MapCount = 2 }, out Span<Recx> map, out _);
        map[0] = new Recx(0, 2);
        map[1] = new Recx(6, 2);
        new byte[] { 1, 2, 3, 4, 5 }.CopyTo(writer.TakeValue(5));
        new byte[] { 9, 9, 0, 0, 0, 0, 8, 8 }.CopyTo(writer.TakeValue(8));
        Assert.False(writer.Failed);
        Assert.Equal(16 + 40 + 64 + 13, writer.LengthBytes);
        Assert.True(FetchReply.TryParse(block.Address, writer.LengthBytes, isInline: true, out FetchReply reply));
        Assert.Equal(new Epoch(77), reply.Epoch);
        FetchReply.Enumerator iods = reply.GetEnumerator();
        Assert.True(iods.MoveNext());
        Assert.Equal([0xAABBCCDDu], iods.Current.Checksums.ToArray());
        Assert.True(iods.MoveNext());
        Assert.Equal([new Recx(0, 2), new Recx(6, 2)], iods.Current.Map.ToArray());
        Assert.Equal(5, iods.Current.ValueOffset);
        Assert.Equal(8, reply.InlineValues[12]);
        Assert.False(iods.MoveNext());
        for (int cut = 0; cut < writer.LengthBytes; cut++)
        {
            Assert.False(FetchReply.TryParse(block.Address, cut, isInline: true, out _), $"cut at {cut}");
        }
    }

    [Fact]
    public void KeyRequest_RoundTripAndTruncations()
    {
        using var block = new NativeBlock(512);
        var anchor = default(EnumerationAnchor);
        anchor[31] = 9;
        var writer = new ObjectKeyWriter(block.Span, s_target, "dk"u8, 2);
        writer.AddAkey("first"u8);
        writer.AddAkey("12345678"u8);
        writer.AddEnumerate(anchor, 1000, 50);
        Assert.Equal(DerCode.Success, ObjectKeyRequest.Parse(block.Address, writer.LengthBytes, isListing: true, out ObjectKeyRequest request));
        Assert.Equal("dk"u8, request.Dkey);
        ObjectKeyRequest.Enumerator akeys = request.GetEnumerator();
        Assert.True(akeys.MoveNext());
        Assert.Equal("first"u8, akeys.Current.Span);
        Assert.True(akeys.MoveNext());
        Assert.Equal("12345678"u8, akeys.Current.Span);
        Assert.False(akeys.MoveNext());
        Assert.Equal(1000u, request.Enumerate->BytesMax);
        Assert.Equal(9, request.Enumerate->Anchor[31]);
        Assert.InRange(writer.LengthBytes, 0, ObjectKeyWriter.MaxBytes(2, 2, 13) + EnumerateWire.SizeBytes);
        for (int cut = 0; cut < writer.LengthBytes; cut++)
        {
            Assert.True(ObjectKeyRequest.Parse(block.Address, cut, isListing: true, out _).IsError, $"cut at {cut}");
        }
    }

    [Fact]
    public void Enumeration_RoundTripAndFull()
    {
        byte[] payload = new byte[EnumerateReplyWire.SizeBytes + 20];
        var writer = new EnumerateReplyWriter(payload);
        Assert.True(writer.TryAddKey("alpha"u8));
        Assert.True(writer.TryAddKey("beta"u8));
        Assert.False(writer.TryAddKey("does not fit"u8));
        int length = writer.Finish(default, isEnd: false);
        Assert.True(EnumerateReply.TryParse(payload.AsSpan(0, length), isFixed: false, out EnumerateReply reply));
        Assert.False(reply.IsEnd);
        ReadOnlySpan<byte> packed = reply.PackedEntries;
        Assert.True(EnumerateReply.TryTakeKey(ref packed, out ReadOnlySpan<byte> key));
        Assert.Equal("alpha"u8, key);
        Assert.True(EnumerateReply.TryTakeKey(ref packed, out key));
        Assert.Equal("beta"u8, key);
        Assert.False(EnumerateReply.TryTakeKey(ref packed, out _));
        Assert.False(EnumerateReply.TryParse(payload.AsSpan(0, length - 1), isFixed: false, out _));
    }

    [Fact]
    public void QueryKeyReply_RoundTrip()
    {
        byte[] payload = new byte[QueryKeyReply.SizeBytes];
        var reply = new QueryKeyReply(1, 2, new Recx(3, 4), 5, new Epoch(6), new Epoch(7));
        reply.Write(payload);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(payload).ToArray());
        Assert.True(QueryKeyReply.TryRead(payload, out QueryKeyReply read));
        Assert.Equal(reply, read);
        Assert.False(QueryKeyReply.TryRead(payload.AsSpan(1), out _));
    }

    private static int WriteUpdate(byte[] payload)
    {
        // Old bytes in the send buffer must not travel.
        payload.AsSpan().Fill(0xCC);
        var writer = new ObjectIoWriter(payload, s_target, "dkey"u8, 2, default);
        writer.AddSingle("a"u8, 5, ChecksumType.Crc32C, [0x12345678]);
        writer.SetConditions(ObjectFlags.AkeyInsert);
        writer.AddArray("bc"u8, 2, [new Recx(10, 4)], ChecksumType.None, 0, []);
        new byte[] { 1, 2, 3, 4, 5 }.CopyTo(writer.TakeValue(5));
        writer.TakeValue(8).Fill(0x11);
        Assert.False(writer.Failed);
        return writer.LengthBytes;
    }

    private static void CheckInside(ObjectIoRequest request, byte* start, int length)
    {
        byte* end = start + length;
        Assert.True(request.DkeyAddress + request.DkeyBytes <= end);
        foreach (Iod iod in request)
        {
            Assert.True(iod.AkeyAddress + iod.AkeyBytes <= end);
            fixed (Recx* recxs = iod.Recxs)
            fixed (uint* checksums = iod.Checksums)
            {
                Assert.True(recxs is null || recxs + iod.Recxs.Length <= end);
                Assert.True(checksums is null || checksums + iod.Checksums.Length <= end);
            }

            Assert.True(request.InlineValues is null || request.InlineValues + iod.ValueOffset + iod.ValueBytes <= end);
        }
    }

    private static void Check(Action<Payload> check)
    {
        byte[] payload = new byte[512];
        int length = WriteUpdate(payload);
        using var block = new NativeBlock(512);
        payload.CopyTo(block.Span);
        check(new Payload { Address = block.Address, Length = length });
    }

    private sealed class Payload
    {
        internal byte* Address { get; init; }

        internal int Length { get; init; }
    }
}
