using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Control;
using Daos.Fabric.Protocol.Pools;

namespace Daos.Fabric.Rpc.Tests.Protocol;

public sealed class ServiceMessageTests
{
    private static readonly Guid s_handle = new("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly EntityName s_name = new(new Guid("ffeeddcc-bbaa-9988-7766-554433221100"), "été");

    private static int Fill(CensusRequest request, Span<byte> payload)
    {
        request.Write(payload);
        return CensusRequest.SizeBytes;
    }

    private delegate bool Reader<T>(ReadOnlySpan<byte> payload, out T value);

    [Fact]
    public void EntityRequest_GoldenBytes()
    {
        byte[] payload = new byte[EntityRequest.BytesMax];
        int length = new EntityRequest(s_handle, s_name).Write(payload);
        Assert.Equal("00112233445566778899AABBCCDDEEFF" + "FFEEDDCCBBAA99887766554433221100" + "0500" + "C3A974C3A9", Convert.ToHexString(payload.AsSpan(0, length)));
    }

    [Fact]
    public void OpenRequest_GoldenBytes_AndNoHandleOrNameIsRefused()
    {
        byte[] payload = new byte[OpenRequest.BytesMax];
        int length = new OpenRequest(s_name.Id, s_handle, s_name).Write(payload);
        Assert.Equal(
            "FFEEDDCCBBAA99887766554433221100" + "00112233445566778899AABBCCDDEEFF" + "FFEEDDCCBBAA99887766554433221100" + "0500" + "C3A974C3A9",
            Convert.ToHexString(payload.AsSpan(0, length)));
        length = new OpenRequest(s_name.Id, Guid.Empty, s_name).Write(payload);
        Assert.False(OpenRequest.TryRead(payload.AsSpan(0, length), out _));
        length = new OpenRequest(s_name.Id, s_handle, new EntityName(Guid.Empty, "")).Write(payload);
        Assert.False(OpenRequest.TryRead(payload.AsSpan(0, length), out _));
    }

    [Fact]
    public void PoolResize_GoldenBytes()
    {
        byte[] payload = new byte[PoolResizeRequest.SizeBytes];
        Assert.Equal(PoolResizeRequest.SizeBytes, new PoolResizeRequest(s_handle, 0x0102, 0x0304).Write(payload));
        Assert.Equal("00112233445566778899AABBCCDDEEFF" + "0201000000000000" + "0403000000000000", Convert.ToHexString(payload));
        Assert.Equal(0x02010006u, PoolOpcodes.Resize.Value);
    }

    [Fact]
    public void Snapshots_GoldenBytes()
    {
        byte[] payload = new byte[SnapshotList.BytesMax];
        int length = new SnapshotRequest(s_handle, s_name, new Epoch(0x0102)).Write(payload);
        string name = "FFEEDDCCBBAA99887766554433221100" + "0500" + "C3A974C3A9";
        Assert.Equal("00112233445566778899AABBCCDDEEFF" + name + "0201000000000000", Convert.ToHexString(payload.AsSpan(0, length)));
        length = new SnapshotList([(new Epoch(0x0304), s_name)]).Write(payload);
        Assert.Equal("01000000" + "0403000000000000" + name, Convert.ToHexString(payload.AsSpan(0, length)));
        payload.AsSpan(0, 4).Fill(0xFF);
        Assert.False(SnapshotList.TryRead(payload, out _));
    }

    [Fact]
    public void Messages_RoundTripAndEveryTruncationRefused()
    {
        RoundTrip(new EntityRequest(s_handle, s_name), (m, p) => m.Write(p), EntityRequest.TryRead);
        RoundTrip(new EntityRequest(s_handle, new EntityName(Guid.Empty, "")), (m, p) => m.Write(p), EntityRequest.TryRead);
        RoundTrip(new OpenRequest(Guid.Empty, s_handle, s_name), (m, p) => m.Write(p), OpenRequest.TryRead);
        RoundTrip(new ContainerCreateRequest(s_handle, s_name, ContainerProperties.Default), (m, p) => m.Write(p), ContainerCreateRequest.TryRead);
        RoundTrip(new ContainerOpenReply(s_handle, s_name, default), (m, p) => m.Write(p), ContainerOpenReply.TryRead);
        RoundTrip(new PoolQueryReply(s_name, 3, 4, new TierSpace(5, 6, 7, 8, 9), new TierSpace(10, 11, 12, 13, 14)), (m, p) => m.Write(p), PoolQueryReply.TryRead);
        PoolConnectReply connect = RoundTrip(
            new PoolConnectReply(s_handle, s_name, 3, ["tcp://127.0.0.1:10003", ""]), (m, p) => m.Write(p), PoolConnectReply.TryRead, compare: false);
        Assert.Equal(["tcp://127.0.0.1:10003", ""], connect.TargetUris);
        RoundTrip(new CensusRequest(0x30004, LeavesOutDead: true), (m, p) => Fill(m, p), CensusRequest.TryRead);
        MembersReply members = RoundTrip<MembersReply>(
            new MembersReply(2, new Rank(1), 9, 3, 4, 5, 6, 7, 8, [new MemberState(new Rank(4), 2, ulong.MaxValue), new MemberState(new Rank(7), MemberState.NotWatched, 1)]),
            (m, p) => m.Write(p),
            (ReadOnlySpan<byte> p, out MembersReply m) => MembersReply.TryRead(p, out m!),
            compare: false);
        Assert.Equal((9u, 8ul, new MemberState(new Rank(4), 2, ulong.MaxValue)), (members.Count, members.Events, members.Members[0]));
        CensusReply census = RoundTrip<CensusReply>(
            new CensusReply(2, 3, 1, new Rank(5), DerCode.CorpcIncomplete, [0, 1, 2]), (m, p) => m.Write(p), (ReadOnlySpan<byte> p, out CensusReply m) => CensusReply.TryRead(p, out m!), compare: false);
        Assert.Equal((3, 1, new Rank(5), DerCode.CorpcIncomplete), (census.Reached, census.Failed, census.FailedRank, census.Code));
        Assert.Equal([0u, 1, 2], census.Ranks);
        RoundTrip(new PoolResizeRequest(s_handle, 5, 6), (m, p) => m.Write(p), PoolResizeRequest.TryRead);
        RoundTrip(new SnapshotRequest(s_handle, s_name, new Epoch(7)), (m, p) => m.Write(p), SnapshotRequest.TryRead);
        SnapshotList snapshots = RoundTrip(
            new SnapshotList([(new Epoch(5), s_name), (new Epoch(6), new EntityName(s_handle, ""))]), (m, p) => m.Write(p), SnapshotList.TryRead, compare: false);
        Assert.Equal([(new Epoch(5), s_name), (new Epoch(6), new EntityName(s_handle, ""))], snapshots.Snapshots);
        EntityList list = RoundTrip(new EntityList([s_name, new EntityName(s_handle, "b")]), (m, p) => m.Write(p), EntityList.TryRead, compare: false);
        Assert.Equal([s_name, new EntityName(s_handle, "b")], list.Names);
    }

    [Fact]
    public void Counts_ThatLie_AreRefusedWithoutAllocatingForThem()
    {
        byte[] members = new byte[64];
        members.AsSpan(12, 4).Fill(0xFF);
        Assert.False(MembersReply.TryRead(members, out _));
        byte[] census = new byte[24];
        census.AsSpan(20, 4).Fill(0xFF);
        Assert.False(CensusReply.TryRead(census, out _));
        Assert.False(CensusRequest.TryRead([0, 0, 0, 0, 2, 0, 0, 0], out _));
    }

    [Fact]
    public void Label_TooLongOrNotUtf8_Refused()
    {
        byte[] payload = new byte[EntityRequest.BytesMax + 10];
        Assert.Throws<ArgumentException>(() => new EntityRequest(s_handle, new EntityName(Guid.Empty, new string('x', 128))).Write(payload));
        int length = new EntityRequest(s_handle, new EntityName(Guid.Empty, new string('x', 127))).Write(payload);
        Assert.True(EntityRequest.TryRead(payload.AsSpan(0, length), out _));
        payload[40] = 0xFF;
        Assert.False(EntityRequest.TryRead(payload.AsSpan(0, length), out _));
        payload[40] = (byte)'x';
        payload[32] = 128;
        Assert.False(EntityRequest.TryRead(payload.AsSpan(0, length + 1), out _));
    }

    [Fact]
    public void List_CountThatLies_RefusedWithoutAllocatingForIt()
    {
        byte[] payload = new byte[EntityList.BytesMax];
        payload.AsSpan(0, 4).Fill(0xFF);
        Assert.False(EntityList.TryRead(payload, out _));
        payload.AsSpan(0, 4).Clear();
        payload[0] = 200;
        Assert.False(EntityList.TryRead(payload.AsSpan(0, 100), out _));
    }

    [Theory]
    [InlineData(0, 9)]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(5, 0)]
    [InlineData(7, 1)]
    public void Properties_UnknownOrOutOfRange_Refused(int offset, byte value)
    {
        byte[] payload = new byte[ContainerCreateRequest.BytesMax];
        int length = new ContainerCreateRequest(s_handle, s_name, ContainerProperties.Default).Write(payload);
        Assert.True(ContainerCreateRequest.TryRead(payload.AsSpan(0, length), out _));
        payload[length - 8 + offset] = value;
        Assert.False(ContainerCreateRequest.TryRead(payload.AsSpan(0, length), out _));
    }

    [Fact]
    public void Properties_OfEveryKind_RoundTrip()
    {
        foreach (ChecksumType type in Enum.GetValues<ChecksumType>())
        {
            for (int flags = 0; flags < 4; flags++)
            {
                var properties = new ContainerProperties(type, 65_536, (flags & 1) == 0, (flags & 2) == 0);
                Assert.Equal(flags, properties.Flags);
                RoundTrip(new OpenRequest(Guid.Empty, s_handle, s_name), (m, p) => m.Write(p), OpenRequest.TryRead);
                RoundTrip(new ContainerCreateRequest(s_handle, s_name, properties), (m, p) => m.Write(p), ContainerCreateRequest.TryRead);
            }
        }
    }

    private static T RoundTrip<T>(T message, Func<T, byte[], int> write, Reader<T> read, bool compare = true)
    {
        byte[] payload = new byte[128 * 1024];
        int length = write(message, payload);
        Assert.True(read(payload.AsSpan(0, length), out T copy));
        if (compare)
        {
            Assert.Equal(message, copy);
        }

        for (int cut = 0; cut < length; cut++)
        {
            Assert.False(read(payload.AsSpan(0, cut), out _), $"{typeof(T).Name} cut at {cut} of {length}");
        }

        Assert.False(read(payload.AsSpan(0, length + 1), out _));
        return copy;
    }
}
