using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.Simulation.Tests.Collectives;
using Daos.Fabric.Simulation.Tests.Ranks;

namespace Daos.Fabric.Simulation.Tests.Faults;

/// <summary>Two ranks, one of which calls the other: the call meets the fault and ends as it should, the next one ends well.</summary>
internal static class RpcScenarios
{
    private const int LargeBytes = 300_000;
    private const long DeadlineNs = 2_000_000_000;

    /// <summary>The first call after the fault was armed ends with that code.</summary>
    internal static FaultRegistry CallFails(FaultPoint point, DerCode expected, bool atServer = false)
    {
        using RankWorld ranks = Build();
        FaultRegistry faults = ranks.Faults[atServer ? 1 : 0];
        faults.Arm(point, timesMax: 1);
        Assert.Equal(expected, Call(ranks));
        AssertWell(ranks);
        return faults;
    }

    /// <summary>The same on a connection that is open and greeted already.</summary>
    internal static FaultRegistry OpenCallFails(FaultPoint point)
    {
        using RankWorld ranks = Build();
        Assert.Equal(DerCode.Success, Call(ranks));
        ranks.Faults[0].Arm(point, timesMax: 1);
        Assert.Equal(DerCode.Unreachable, Call(ranks));
        AssertWell(ranks);
        return ranks.Faults[0];
    }

    internal static FaultRegistry RequestTwice()
    {
        using RankWorld ranks = Build();
        ranks.Faults[0].Arm(FaultPoint.RpcRequestDuplicated, timesMax: 1);
        Assert.Equal(DerCode.Success, Call(ranks));
        ranks.World.RunFor(DeadlineNs);
        Assert.Equal(1, ranks.Ranks[0].Context.Statistics.StaleReplies);
        AssertWell(ranks);
        return ranks.Faults[0];
    }

    internal static FaultRegistry HandlerThrows()
    {
        using RankWorld ranks = Build();
        ranks.Faults[1].Arm(FaultPoint.RpcHandlerThrows, timesMax: 1);
        Assert.Equal(DerCode.Misc, Call(ranks));
        Assert.Equal((1L, 1), (ranks.Ranks[1].Context.Statistics.HandlerFaults, (int)ranks.Ranks[1].Loop.UnhandledCount));
        AssertWell(ranks, allowUnhandled: true);
        return ranks.Faults[1];
    }

    internal static FaultRegistry AddressUnknown()
    {
        using RankWorld ranks = Build();
        ranks.Faults[0].Arm(FaultPoint.RpcAddressUnknown, timesMax: 1);
        Assert.Equal(DerCode.Nonexist, CallRank(ranks));
        Assert.Equal(DerCode.Success, CallRank(ranks));
        return ranks.Faults[0];
    }

    internal static FaultRegistry RegistrationRefused()
    {
        using RankWorld ranks = Build();
        ranks.Faults[0].Arm(FaultPoint.RpcRegistrationRefused, timesMax: 1);
        DerCode code = Call(ranks);
        Assert.True(code.IsError, code.ToString());
        Assert.Equal(1, ranks.Ranks[0].Context.Statistics.RangesRefused);
        AssertWell(ranks);
        return ranks.Faults[0];
    }

    internal static FaultRegistry MemoryShort()
    {
        using RankWorld ranks = Build();
        ranks.Faults[0].Arm(FaultPoint.ReceiveMemoryShort, probability: 0.3);
        Assert.Equal(DerCode.Success, Call(ranks));
        Assert.Equal(DerCode.Success, Call(ranks));
        AssertWell(ranks);
        return ranks.Faults[0];
    }

    internal static FaultRegistry ChildLost()
    {
        using RankWorld ranks = Build();
        List<CollectiveService> services = [.. ranks.Ranks.Select(r => new CollectiveService(r.Context, r.Group))];
        List<SumOperation> operations = [.. ranks.Ranks.Select(r => new SumOperation(r))];
        for (int i = 0; i < services.Count; i++)
        {
            services[i].Register(operations[i]);
        }

        ranks.Faults[0].Arm(FaultPoint.CollectiveChildLost, timesMax: 1);
        Assert.Equal(DerCode.CorpcIncomplete, Broadcast());
        Assert.Equal(DerCode.Success, Broadcast());
        return ranks.Faults[0];

        DerCode Broadcast()
        {
            DerCode code = default;
            ranks.Run(ranks.Ranks[0], async () => code = (await services[0].BroadcastAsync(new CollectiveCall(SumOperation.Number), new byte[1])).Code);
            return code;
        }
    }

    private static RankWorld Build()
    {
        var ranks = new RankWorld(11, 2, selfTest: true);
        ranks.FormGroup();
        return ranks;
    }

    // Nothing is left over, and the next call ends well.
    private static void AssertWell(RankWorld ranks, bool allowUnhandled = false)
    {
        Assert.Equal(DerCode.Success, Call(ranks));
        ranks.World.RunFor(DeadlineNs);
        foreach (SimulatedRank rank in ranks.Ranks)
        {
            RpcContext context = rank.Context;
            Assert.Equal((0, 0, 0), (context.RequestsActive, context.CallsRented, context.Staging.Rented));
            Assert.Equal(context.Statistics.RangesExposed, context.Statistics.RangesRevoked);
        }

        ranks.AllowsUnhandled = allowUnhandled;
    }

    // An echo of a payload that travels one-sided: request, transfer in, transfer out, reply.
    private static DerCode Call(RankWorld ranks)
    {
        SimulatedRank caller = ranks.Ranks[0];
        byte[] memory = GC.AllocateArray<byte>(2 * LargeBytes, pinned: true);
        memory.AsSpan(0, LargeBytes).Fill(0x5A);
        DerCode code = default;
        ranks.Run(caller, async () =>
        {
            RpcCall call = caller.Context.RentCall();
            RpcEndpoint endpoint = caller.Context.EndpointOf(ranks.Ranks[1].Uri, 0).Value;
            code = await call.AdmitAsync(endpoint, SelfTestOpcodes.Echo, ranks.World.NowNs + DeadlineNs);
            code = code.IsSuccess ? await Send(call, memory) : code;
            call.Free();
        });
        Assert.True(code.IsError || memory.AsSpan(LargeBytes).IndexOfAnyExcept((byte)0x5A) < 0, "the echo differs");
        return code;
    }

    private static unsafe ValueTask<DerCode> Send(RpcCall call, byte[] pinned)
    {
        var address = (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
        return call.SendLargeAsync(new RpcPayload(address, LargeBytes, address + LargeBytes, LargeBytes));
    }

    private static DerCode CallRank(RankWorld ranks)
    {
        SimulatedRank caller = ranks.Ranks[0];
        DerCode code = default;
        ranks.Run(caller, async () =>
        {
            caller.Context.Options.Node!.PublishRank(ranks.Ranks[1].Rank, ranks.Ranks[1].Uri);
            RpcEndpoint endpoint = caller.Context.EndpointOf(ranks.Ranks[1].Rank, 0);
            code = await InternalCalls.PingAsync(endpoint, ranks.World.NowNs + DeadlineNs);
        });
        return code;
    }
}
