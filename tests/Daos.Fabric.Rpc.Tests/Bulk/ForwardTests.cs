using Daos.Fabric.Rpc.Bulk;

namespace Daos.Fabric.Rpc.Tests.Bulk;

/// <summary>A client's handle goes through rank 0 to rank 5, which moves the bytes: over the client's own connection, or through rank 0.</summary>
public sealed class ForwardTests
{
    [Theory]
    [InlineData(WireKind.Cross, true)]
    [InlineData(WireKind.Cross, false)]
    [InlineData(WireKind.Sockets, true)]
    [InlineData(WireKind.Sockets, false)]
    public void Forward_BoundOrNot_TheThirdRankMovesTheBytes(WireKind wire, bool bind)
    {
        using var ranks = new ThreeRanks(wire);
        BulkWorld world = ranks.First;
        using var client = new Segments(new SeededRandom(4), 5, 300_000);
        using var block = new NativeBlock((int)client.LengthBytes);
        if (bind)
        {
            world.World.Run(async () => Assert.Equal(DerCode.Success, await world.Client.BindAsync(ranks.Third, 0)));
        }

        ranks.Second.Next = (request, bulk) => Move(request, bulk, block, bulk.LengthBytes, isGet: true);
        Assert.Equal(DerCode.Success, world.Call(client, MemoryAccess.RemoteRead, BulkService.Pass, ranks.Third));
        Assert.Equal(client.ToArray(), block.Span.ToArray());
        Assert.Equal(!bind, world.Service.WasRelayed);

        // The other way: what the third rank writes arrives, and nothing behind it changes.
        byte[] before = client.ToArray();
        new SeededRandom(9).Fill(block.Span);
        int written = (int)client.LengthBytes / 2;
        world.Service.WrittenBytes = written;
        ranks.Second.Next = (request, bulk) => Move(request, bulk, block, written, isGet: false);
        Assert.Equal(DerCode.Success, world.Call(client, MemoryAccess.RemoteWrite, BulkService.Pass, ranks.Third));
        Assert.Equal([.. block.Span[..written], .. before[written..]], client.ToArray());
        Assert.Equal(bind ? 0 : 2, world.Server.Statistics.BulksRelayed);
        Assert.Equal(bind ? 2 : 0, world.Server.Statistics.BulksForwarded);
        Assert.Equal(0, world.Server.Staging.Rented);
        Assert.Equal(0, world.Server.BulksInUse + world.Client.BulksInUse);
    }

    [Fact]
    public void Forward_ClientsConnectionToTheThirdRankEnded_UnreachAndRelayWorks()
    {
        using var ranks = new ThreeRanks(WireKind.Cross);
        BulkWorld world = ranks.First;
        using var client = new Segments(new SeededRandom(4), 2, 3000);
        using var block = new NativeBlock((int)client.LengthBytes);
        world.World.Run(async () => Assert.Equal(DerCode.Success, await world.Client.BindAsync(ranks.Third, 0)));
        ranks.Second.Forge = _ => ranks.Five.Introduced.Values.Single().Connection.Close(DerCode.Shutdown);
        ranks.Second.Next = (request, bulk) => Move(request, bulk, block, bulk.LengthBytes, isGet: true);
        DerCode code = world.Call(client, MemoryAccess.RemoteRead, BulkService.Pass, ranks.Third);
        Assert.Equal(DerCode.Unreachable, code);
        ranks.Second.Forge = null;
        world.Service.AlwaysRelay = true;
        Assert.Equal(DerCode.Success, world.Call(client, MemoryAccess.RemoteRead, BulkService.Pass, ranks.Third));
        Assert.Equal(client.ToArray(), block.Span.ToArray());

        // Introduced again over the next connection.
        world.Service.AlwaysRelay = false;
        world.World.Run(async () => Assert.Equal(DerCode.Success, await world.Client.BindAsync(ranks.Third, 0)));
        Assert.Equal(DerCode.Success, world.Call(client, MemoryAccess.RemoteRead, BulkService.Pass, ranks.Third));
        Assert.False(world.Service.WasRelayed);
        Assert.Single(ranks.Five.Introduced);
    }

    // Keys live as long as the call, also those that a third rank was given.
    [Fact]
    public void Forward_AfterTheClientsCallTimedOut_RefusedOnTheClientsConnection()
    {
        using var ranks = new ThreeRanks(WireKind.Cross);
        BulkWorld world = ranks.First;
        using var client = new Segments(new SeededRandom(4), 2, 3000);
        using var block = new NativeBlock((int)client.LengthBytes);
        world.World.Run(async () => Assert.Equal(DerCode.Success, await world.Client.BindAsync(ranks.Third, 0)));
        byte[] kept = [];
        ranks.Second.Forge = h => kept = [.. h];
        ranks.Second.Next = (request, bulk) => Move(request, bulk, block, bulk.LengthBytes, isGet: true);
        Assert.Equal(DerCode.Success, world.Call(client, MemoryAccess.RemoteRead, BulkService.Pass, ranks.Third));
        ranks.Second.Forge = null;
        block.Span.Clear();
        world.World.Run(async () => Assert.Equal(DerCode.NoPerm, (await ranks.Third.CallAsync(BulkService.Use, kept)).Code));
        Assert.False(block.Span.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Introduce_NameTakenOrSecondName_Refused()
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        using RawPeer other = world.OpenRaw();
        raw.Connect();
        other.Connect();
        byte[] name = Calling.Pattern(16, 5);
        int[] codes =
        [
            Ask(world, raw, name), Ask(world, raw, name), Ask(world, raw, Calling.Pattern(16, 6)), Ask(world, other, name),
            Ask(world, other, new byte[16]), Ask(world, other, new byte[15]),
        ];
        Assert.Equal(
            [0, 0, DerCode.Already.Value, DerCode.Exists.Value, DerCode.Protocol.Value, DerCode.Protocol.Value],
            codes);
        world.World.On(world.ClientLoop, () => raw.Connection.Close(DerCode.Shutdown));
        world.RunUntil(() => world.Server.Introduced.Count == 0, "the name's end");
        Assert.Equal(0, Ask(world, other, name));
    }

    private static int Ask(RpcWorld world, RawPeer peer, byte[] name)
    {
        int before = peer.Messages.Count;
        peer.Send(RawPeer.Request(InternalOpcodes.Introduce, (ulong)before + 1, name));
        world.RunUntil(() => peer.Messages.Count > before, "the answer");
        return RawPeer.HeaderOf(peer.Messages[before]).DeadlineMsOrCode;
    }

    private static unsafe BulkTransfer Move(RpcRequest request, RemoteBulk bulk, NativeBlock block, long length, bool isGet) =>
        isGet ? request.Get(bulk, 0, block.Address, length) : request.Put(bulk, 0, block.Address, length);
}
