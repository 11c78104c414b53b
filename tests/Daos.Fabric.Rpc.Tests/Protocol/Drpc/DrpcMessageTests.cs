using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;

namespace Daos.Fabric.Rpc.Tests.Protocol.Drpc;

/// <summary>Calls, answers and the messages in them, against bytes worked out by hand from DAOS's field numbers.</summary>
public sealed class DrpcMessageTests
{
    private static readonly Guid s_device = Guid.Parse("11111111-2222-3333-4444-555555555555");

    [Fact]
    public void CallAndResponse_HaveDaosFields()
    {
        Assert.Equal("080210CA011803" + "2202AABB", Convert.ToHexString(new DrpcCall(2, 202, 3, new byte[] { 0xAA, 0xBB }).Write().Span));
        Assert.Equal("08031004" + "1A01CC", Convert.ToHexString(new DrpcResponse(3, DrpcStatus.UnknownMethod, new byte[] { 0xCC }).Write().Span));
        Assert.True(DrpcCall.TryRead(Convert.FromHexString("080210CA0118032202AABB"), out DrpcCall? call));
        Assert.Equal((2, 202, 3L, "AABB"), (call.Module, call.Method, call.Sequence, Convert.ToHexString(call.Body.Span)));
        Assert.True(DrpcResponse.TryRead(Convert.FromHexString("080310041A01CC"), out DrpcResponse? response));
        Assert.Equal((3L, DrpcStatus.UnknownMethod, "CC"), (response.Sequence, response.Status, Convert.ToHexString(response.Body.Span)));
    }

    [Fact]
    public void EmptyMessages_AreTheDefaults()
    {
        Assert.True(DrpcCall.TryRead(default, out DrpcCall? call));
        Assert.Equal((0, 0, 0L, 0), (call.Module, call.Method, call.Sequence, call.Body.Length));
        Assert.True(DrpcResponse.TryRead(default, out DrpcResponse? response));
        Assert.Equal(DrpcStatus.Success, response.Status);
        Assert.False(DrpcResponse.TryRead(Convert.FromHexString("1008"), out _));
        Assert.False(DrpcCall.TryRead(Convert.FromHexString("2205AA"), out _));
    }

    [Fact]
    public void NotifyReady_HasDaosFieldsAndComesBack()
    {
        var request = new NotifyReadyRequest("tcp://a:1", 3, "/s", 1, 2, ulong.MaxValue, ["unix:///x", "shm://y"], [1, 0]);
        byte[] bytes = request.Write();
        Assert.StartsWith("0A097463703A2F2F613A31" + "1003" + "1A022F73" + "2001" + "2802" + "30FFFFFFFFFFFFFFFFFF01" + "3A09", Convert.ToHexString(bytes));
        Assert.True(NotifyReadyRequest.TryRead(bytes, out NotifyReadyRequest? read));
        Assert.Equal(request.Write(), read.Write());
        Assert.Equal((request.Uri, request.SecondaryUris[1], 0u), (read.Uri, read.SecondaryUris[1], read.SecondaryContexts[1]));
        byte[] many = [.. Enumerable.Repeat(new byte[] { 0x3A, 1, (byte)'x' }, 17).SelectMany(b => b)];
        Assert.False(NotifyReadyRequest.TryRead(many, out _));
    }

    [Fact]
    public void RankRequest_HasDaosFields()
    {
        Assert.Equal("08071009", Convert.ToHexString(new RankRequest(new Rank(7), 9).Write()));
        Assert.True(RankRequest.TryRead(Convert.FromHexString("080710091803"), out RankRequest read));
        Assert.Equal(new RankRequest(new Rank(7), 9), read);
        Assert.False(RankRequest.TryRead(Convert.FromHexString("08"), out _));
    }

    [Fact]
    public void GroupUpdate_HasDaosFieldsAndComesBack()
    {
        var request = new GroupUpdateRequest(4, [new GroupUpdateEngine(new Rank(0), "a", 0), new GroupUpdateEngine(new Rank(1), "b", 5)]);
        Assert.Equal("0804" + "1203120161" + "12070801120162" + "1805", Convert.ToHexString(request.Write()));
        Assert.True(GroupUpdateRequest.TryRead(request.Write(), out GroupUpdateRequest? read));
        Assert.Equal(request.Engines, read.Engines);
        Assert.Equal(4u, read.MapVersion);
        Assert.False(GroupUpdateRequest.TryRead(Convert.FromHexString("120208"), out _));
        Assert.False(GroupUpdateRequest.TryRead(Convert.FromHexString("120108"), out _));
    }

    [Fact]
    public void Code_HasDaosField()
    {
        Assert.Empty(new DaosResponse(DerCode.Success).Write());
        Assert.Equal("0895F8FFFFFFFFFFFFFF01", Convert.ToHexString(new DaosResponse(DerCode.Invalid).Write()));
        Assert.True(DaosResponse.TryRead(new DaosResponse(DerCode.Invalid).Write(), out DaosResponse read));
        Assert.Equal(DerCode.Invalid, read.Code);
    }

    [Fact]
    public void Devices_ComeBack()
    {
        var device = new SmdDevice(s_device, [0, 3], new Rank(2), 7, SmdDeviceState.Evicted);
        byte[] bytes = new SmdListResponse<SmdDevice>(DerCode.Success, [device, device with { Targets = [] }]).Write(static d => d.Write());
        Assert.True(SmdListResponse<SmdDevice>.TryRead(bytes, SmdDevice.TryRead, out SmdListResponse<SmdDevice>? read));
        Assert.Equal(2, read.Items.Count);
        Assert.Equal((s_device, new Rank(2), 7u, SmdDeviceState.Evicted), (read.Items[0].Id, read.Items[0].Rank, read.Items[0].Roles, read.Items[0].State));
        Assert.Equal([0, 3], read.Items[0].Targets);
        Assert.False(SmdListResponse<SmdDevice>.TryRead(Convert.FromHexString("12020A00"), SmdDevice.TryRead, out _));
    }

    [Fact]
    public void PoolsHealthAndDeviceRequests_ComeBack()
    {
        byte[] pools = new SmdListResponse<SmdPool>(DerCode.NoSpace, [new SmdPool(s_device, [1])]).Write(static p => p.Write());
        Assert.True(SmdListResponse<SmdPool>.TryRead(pools, SmdPool.TryRead, out SmdListResponse<SmdPool>? list));
        Assert.Equal((DerCode.NoSpace, s_device, 1), (list.Code, list.Items[0].Id, list.Items[0].Targets[0]));
        var health = new BioHealthResponse(DerCode.Success, s_device, 1, 2, 3, 4);
        Assert.True(BioHealthResponse.TryRead(health.Write(), out BioHealthResponse seen));
        Assert.Equal(health, seen);
        foreach (DeviceRequest request in new[] { new DeviceRequest(s_device), new DeviceRequest(s_device, Guid.Parse("00000000-0000-0000-0000-000000000001")) })
        {
            Assert.True(DeviceRequest.TryRead(request.Write(), out DeviceRequest read));
            Assert.Equal(request, read);
        }

        Assert.False(DeviceRequest.TryRead(Convert.FromHexString("0A03616263"), out _));
        Assert.False(DeviceRequest.TryRead(default, out _));
    }

    [Fact]
    public void Table_HasEachNumberOnceAndSaysWhatWaits()
    {
        Assert.Equal(DrpcMethodTable.All.Count, DrpcMethodTable.All.Select(m => m.Method).Distinct().Count());
        Assert.Equal(DrpcMethodTable.All.Select(m => m.Method).Order(), DrpcMethodTable.All.Select(m => m.Method));
        Assert.All(DrpcMethodTable.All, m => Assert.Equal(m.ServedBy == DrpcServedBy.Nobody, m.WaitsFor.Length > 0));
        Assert.All(DrpcMethodTable.All, m => Assert.Equal(m.Module, m.Method / 100));
        int[] constants = [.. typeof(DrpcMethods).GetFields().Select(f => (int)f.GetRawConstantValue()!)];
        Assert.Equal(constants.Order(), DrpcMethodTable.All.Where(m => m.ServedBy != DrpcServedBy.Nobody).Select(m => m.Method));
        Assert.Equal("MGMT_SET_RANK", DrpcMethodTable.NameOf(202));
        Assert.Equal("method 999", DrpcMethodTable.NameOf(999));
    }

    [Fact]
    public void RandomBytes_NeverThrow()
    {
        for (ulong seed = 1; seed <= 3000; seed++)
        {
            var random = new SeededRandom(seed);
            byte[] bytes = Seeds(random);
            for (int i = random.Next(4); i > 0 && bytes.Length > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            bytes = random.Chance(0.3) ? bytes[..random.Next(bytes.Length + 1)] : bytes;
            if (DrpcCall.TryRead(bytes, out DrpcCall? call))
            {
                Assert.True(DrpcCall.TryRead(call.Write(), out DrpcCall? again));
                Assert.Equal(call.Write().ToArray(), again.Write().ToArray());
            }

            _ = DrpcResponse.TryRead(bytes, out _);
            _ = NotifyReadyRequest.TryRead(bytes, out _);
            _ = GroupUpdateRequest.TryRead(bytes, out _);
            _ = RankRequest.TryRead(bytes, out _);
            _ = DeviceRequest.TryRead(bytes, out _);
            _ = BioHealthResponse.TryRead(bytes, out _);
            _ = DaosResponse.TryRead(bytes, out _);
            _ = SmdListResponse<SmdDevice>.TryRead(bytes, SmdDevice.TryRead, out _);
            _ = SmdListResponse<SmdPool>.TryRead(bytes, SmdPool.TryRead, out _);
        }
    }

    private static byte[] Seeds(SeededRandom random) => random.Next(5) switch
    {
        0 => new DrpcCall(random.Next(5), random.Next(500), random.Next(9), new byte[random.Next(20)]).Write().ToArray(),
        1 => new NotifyReadyRequest("tcp://a:1", 3, "/s", 1, 2, 77, ["unix:///x"], [1]).Write(),
        2 => new GroupUpdateRequest(4, [new GroupUpdateEngine(new Rank(3), "abc", 9)]).Write(),
        3 => new SmdListResponse<SmdDevice>(DerCode.Io, [new SmdDevice(s_device, [1, 2], new Rank(2), 7, SmdDeviceState.New)]).Write(static d => d.Write()),
        _ => Noise(random),
    };

    private static byte[] Noise(SeededRandom random)
    {
        byte[] bytes = new byte[random.Next(60)];
        random.Fill(bytes);
        return bytes;
    }
}
