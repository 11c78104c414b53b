using System.Diagnostics.CodeAnalysis;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Rpc.Tests.Requests;

/// <summary>Calls by rank and tag: lookup, cache, several contexts of a rank, ranks that move.</summary>
public sealed class RankTests
{
    [Theory]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Call_ByRankAndTag_LooksUpOnceAndReachesTheTagsOwnContext(WireKind wire)
    {
        using var world = new Ranks(wire);
        world.Rpc.Run(async () =>
        {
            // Rank 5 is published to rank 0 only, so its primary is asked from there, and its tags from itself.
            Assert.Equal(DerCode.Success, (await world.CallAsync(5, 0)).Code);
            Assert.Equal(DerCode.Success, (await world.CallAsync(5, 4)).Code);
            Assert.Equal(2, world.Client.Statistics.UriLookups);
            Assert.Equal(DerCode.Success, (await world.CallAsync(5, 4)).Code);
            Assert.Equal(DerCode.Success, (await world.CallAsync(0, 0)).Code);
        });
        Assert.Equal(2, world.Client.Statistics.UriLookups);
        Assert.Equal(1, world.Rpc.Server.Statistics.UriLookupsOfOthers);
        Assert.Equal(1, world.Five.Statistics.UriLookupsOfSelf);
        Assert.Equal(2, world.Five.Statistics.RequestsReceived);
        Assert.Equal(2, world.FiveTagFour.Statistics.RequestsReceived);
    }

    [Fact]
    public void State_OfACallByRank_TellsTheLookup()
    {
        using var world = new Ranks(WireKind.Cross);
        world.Rpc.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            Assert.Equal(RpcCallState.Initialized, call.State);
            ValueTask<DerCode> admission = call.AdmitAsync(world.Client.EndpointOf(new Rank(5), 0), SelfTestOpcodes.Echo);
            Assert.Equal(RpcCallState.UriLookup, call.State);
            Assert.Equal(DerCode.Success, await admission);
            Assert.Equal(RpcCallState.Admitted, call.State);
            call.BeginRequest(0);
            ValueTask<DerCode> sent = call.SendAsync(0);
            Assert.Equal(RpcCallState.Sent, call.State);
            Assert.Equal(DerCode.Success, await sent);
            Assert.Equal(RpcCallState.Completed, call.State);
            call.Free();
        });
    }

    [Fact]
    public void Call_UnknownRankOrTag_FailsAndIsAskedAgainNextTime()
    {
        using var world = new Ranks(WireKind.Cross);
        world.Rpc.Run(async () =>
        {
            Assert.Equal(DerCode.Nonexist, (await world.CallAsync(77, 0)).Code);
            Assert.Equal(DerCode.Nonexist, (await world.CallAsync(5, 60)).Code);
        });
        world.Rpc.Node.PublishRank(new Rank(77), world.FiveAddress);

        // Asked again, and found to be somebody else there.
        world.Rpc.Run(async () => Assert.Equal(DerCode.BadTarget, (await world.CallAsync(77, 0)).Code));
        Assert.Equal(1, world.Client.Statistics.AddressesFailed);
    }

    [Fact]
    public void Call_NoRankPublished_OutOfGroup()
    {
        using var world = new RpcWorld(WireKind.Cross);
        world.Run(async () => Assert.Equal(DerCode.Oog, (await world.Client.EndpointOf(new Rank(1), 0).CallAsync(SelfTestOpcodes.Echo, [])).Code));
    }

    [Fact]
    public void Call_LookupUnanswered_TimesOutAndIsCounted()
    {
        using var world = new Ranks(WireKind.Cross);
        world.Rpc.Run(async () => Assert.Equal(DerCode.Success, (await world.CallAsync(0, 0)).Code));
        world.Rpc.ServerFaults.Arm(FaultPoint.RpcReplyDropped, timesMax: 1);
        long before = world.Rpc.World.NowNs;
        world.Rpc.Run(async () => Assert.Equal(DerCode.TimedOut, (await world.CallAsync(5, 0)).Code));
        Assert.InRange(world.Rpc.World.NowNs - before, 5_000_000_000, 5_010_000_000);
        Assert.Equal(1, world.Client.Statistics.UriLookupsTimedOut);
        world.Rpc.Run(async () => Assert.Equal(DerCode.Success, (await world.CallAsync(5, 0)).Code));
    }

    // The rank's process is gone and another one has its address; then the rank comes back elsewhere.
    [Fact]
    public void Call_RankMovedToAnotherAddress_FollowsAfterOneFailure()
    {
        using var world = new Ranks(WireKind.Cross);
        world.Rpc.Run(async () => Assert.Equal(DerCode.Success, (await world.CallAsync(5, 0)).Code));
        world.Rpc.World.On(world.Rpc.ServerLoop, world.Five.Dispose);
        world.Rpc.Run(async () => Assert.Equal(DerCode.Unreachable, (await world.CallAsync(5, 0)).Code));
        Assert.Equal(1, world.Client.Statistics.AddressesFailed);
        TransportUri elsewhere = world.Reopen(5, "loopback://elsewhere");
        world.Rpc.Node.PublishRank(new Rank(5), elsewhere);
        world.Rpc.Run(async () => Assert.Equal(DerCode.Success, (await world.CallAsync(5, 0)).Code));
    }

    [Fact]
    public void Republished_InTheOwnProcess_DropsTheCache()
    {
        using var world = new Ranks(WireKind.Cross);
        world.Rpc.Run(async () => Assert.Equal(DerCode.Success, (await world.CallAsync(5, 0)).Code));
        world.ClientNode.PublishRank(new Rank(6), world.FiveAddress);
        world.Rpc.Run(async () => Assert.Equal(DerCode.BadTarget, (await world.CallAsync(6, 0)).Code));
        Assert.Equal(0, world.Client.Uris.Count);
        world.ClientNode.RemoveRank(new Rank(6));
        world.Rpc.Run(async () => Assert.Equal(DerCode.Nonexist, (await world.CallAsync(6, 0)).Code));
    }

    [Fact]
    public void Group_EndpointOfARank_IsTheTagsOwn()
    {
        using var world = new Ranks(WireKind.Cross);
        var group = new PrimaryGroup(world.Rpc.ClientLoop, "test", world.ClientNode);
        world.Rpc.World.On(world.Rpc.ClientLoop, () =>
            Assert.Equal(DerCode.Success, group.Modify(1, GroupChange.Replace, [new(new Rank(5), world.FiveAddress)])));
        world.Rpc.Run(async () =>
        {
            Assert.Equal(DerCode.Success, (await group.EndpointOf(world.Client, new Rank(5), 4).Value.CallAsync(SelfTestOpcodes.Echo, [1])).Code);
            Assert.Equal(DerCode.Oog, group.EndpointOf(world.Client, new Rank(0), 0).Code);
        });
        Assert.Equal(1, world.FiveTagFour.Statistics.RequestsReceived);

        // Who left keeps its address, for those who still have to tell it.
        world.Rpc.World.On(world.Rpc.ClientLoop, () => group.Modify(2, GroupChange.Replace, []));
        world.Rpc.Run(async () =>
        {
            Assert.Equal(DerCode.Oog, group.EndpointOf(world.Client, new Rank(5), 4).Code);
            Assert.Equal(DerCode.Success, (await world.CallAsync(5, 4)).Code);
        });
    }

    [Fact]
    public void Request_ForATagOfAnotherContext_BadTarget()
    {
        using var world = new Ranks(WireKind.Cross);
        world.Rpc.Run(async () =>
            Assert.Equal(DerCode.BadTarget, (await world.Client.EndpointOf(world.FiveAddress, 4).Value.CallAsync(SelfTestOpcodes.Echo, [1])).Code));
    }

    /// <summary>Rank 0 (the world's server), rank 5 with a context for tag 0 and one for tag 4, and a client that knows rank 0.</summary>
    private sealed class Ranks : IDisposable
    {
        [SuppressMessage("Reliability", "CA2000", Justification = "the world disposes its contexts")]
        internal Ranks(WireKind wire)
        {
            ClientNode = new RpcNode(Rank.None);
            Rpc = new RpcWorld(wire, client: o => o with { Node = ClientNode });
            Rpc.Node.PublishUri(0, Rpc.Address);
            ClientNode.PublishRank(new Rank(0), Rpc.Address);
            FiveNode = new RpcNode(new Rank(5));
            OwnerLoop first = Rpc.ServerNode.AddLoop("five");
            Five = Rpc.Open(first, null, RpcWorld.Options() with { Node = FiveNode, Tags = [0] });
            FiveTagFour = Rpc.Open(Rpc.ServerNode.AddLoop("five-4"), null, RpcWorld.Options() with { Node = FiveNode, Tags = [4] });
            FiveAddress = Five.Listen(TransportUri.Parse(wire == WireKind.Sockets ? "tcp://127.0.0.1:10005" : "loopback://five")).Value;
            FiveNode.PublishUri(0, FiveAddress);
            FiveNode.PublishUri(4, FiveTagFour.Listen(TransportUri.Parse(wire == WireKind.Sockets ? "tcp://127.0.0.1:10009" : "loopback://five4")).Value);
            Rpc.Node.PublishRank(new Rank(5), FiveAddress);
        }

        internal RpcWorld Rpc { get; }

        internal RpcContext Client => Rpc.Client;

        internal RpcNode ClientNode { get; }

        internal RpcNode FiveNode { get; }

        internal RpcContext Five { get; }

        internal RpcContext FiveTagFour { get; }

        internal TransportUri FiveAddress { get; }

        internal ValueTask<(DerCode Code, byte[] Reply)> CallAsync(uint rank, ushort tag) =>
            Client.EndpointOf(new Rank(rank), tag).CallAsync(SelfTestOpcodes.Echo, [1, 2]);

        internal TransportUri Reopen(uint rank, string address)
        {
            RpcContext again = Rpc.Open(Rpc.ServerNode.AddLoop("again"), null, RpcWorld.Options() with { Node = new RpcNode(new Rank(rank)) });
            return again.Listen(TransportUri.Parse(address)).Value;
        }

        public void Dispose() => Rpc.Dispose();
    }
}
