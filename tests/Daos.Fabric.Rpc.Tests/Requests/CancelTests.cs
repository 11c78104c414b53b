namespace Daos.Fabric.Rpc.Tests.Requests;

public sealed class CancelTests
{
    [Fact]
    public void Cancel_WaitingForACredit_LeavesTheLine()
    {
        using var world = new RpcWorld(WireKind.Cross, client: o => o with { CreditsPerEndpoint = 1 });
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall first = world.Client.RentCall();
            await first.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            var calls = Enumerable.Range(0, 3).Select(_ => world.Client.RentCall()).ToArray();
            ValueTask<DerCode>[] admissions = [.. calls.Select(c => c.AdmitAsync(endpoint, SelfTestOpcodes.Echo))];
            calls[1].Cancel();
            Assert.Equal(DerCode.Canceled, await admissions[1]);
            Assert.Equal(2, endpoint.Waiting);
            first.Free();
            Assert.Equal(DerCode.Success, await admissions[0]);
            calls[0].Free();
            Assert.Equal(DerCode.Success, await admissions[2]);
            calls[2].Free();
            calls[1].Free();
        });
    }

    [Fact]
    public void Cancel_WaitingForTheConnection_LeavesTheLine()
    {
        using var world = new RpcWorld(WireKind.Cross);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            ValueTask<DerCode> admission = call.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            Assert.False(admission.IsCompleted);
            call.Cancel();
            Assert.Equal(DerCode.Canceled, await admission);
            call.Free();
        });
    }

    [Fact]
    public void Cancel_AdmittedAndNotSent_NothingIsSent()
    {
        using var world = new RpcWorld(WireKind.Cross);
        using var block = new NativeBlock(4096);
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () =>
        {
            RpcCall call = world.Client.RentCall();
            await call.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            Assert.True(block.Expose(call, MemoryAccess.RemoteRead).IsValid);
            call.Cancel();
            call.BeginRequest(64).Clear();
            Assert.Equal(DerCode.Canceled, await call.SendAsync(64));

            await call.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
            Assert.True(block.Expose(call, MemoryAccess.RemoteRead).IsValid);
            call.BeginRequest(64).Clear();
            call.Cancel();
            Assert.Equal(DerCode.Canceled, await call.SendAsync(64));
            call.Free();
        });
        world.World.RunFor(5_000_000);
        Assert.Equal(0, world.Server.Statistics.RequestsReceived);
    }

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Cancel_WhileTheServerHolds_FreesBothSidesAndNoReplyFollows(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        RpcEndpoint endpoint = world.Endpoint;
        RpcCall? call = null;
        RpcWorld.Running running = world.Start(async () =>
        {
            call = world.Client.RentCall();
            await call.AdmitAsync(endpoint, ProbeService.Hold);
            call.BeginRequest(0);
            Assert.Equal(DerCode.Canceled, await call.SendAsync(0));
            Assert.Equal(endpoint.Context.Options.CreditsPerEndpoint, endpoint.CreditsFree);
            call.Free();
        });
        world.RunUntil(() => world.Probe.HeldCount == 1, "the request");
        world.World.On(world.ClientLoop, () => call!.Cancel());
        world.RunUntil(() => running.IsDone && world.Probe.IsHeldCanceled, "the cancel");
        running.Throw();
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.World.RunFor(5_000_000);
        Assert.Equal(1, world.Probe.SeenCanceled);
        Assert.Equal(0, world.Server.RequestsActive);
        Assert.Equal(0, world.Server.Statistics.RepliesSent);
        Assert.Equal(1, world.Client.Statistics.CallsCanceled);
    }

    // The push of the server finds the call cancelled: before the cancel arrives, on its way, after it. Whatever comes first, memory is
    // not touched after the call completed.
    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Cancel_AtEveryStepOfAPush_NoByteChangesAfterCompletion(WireKind wire)
    {
        int canceled = 0;
        int replied = 0;
        for (int steps = 0; steps < 120; steps += wire == WireKind.Sockets ? 3 : 1)
        {
            using var world = new RpcWorld(wire, seed: (ulong)steps + 1);
            using var block = new NativeBlock(256 * 1024);
            RpcEndpoint endpoint = world.Endpoint;
            world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(endpoint, 0)));
            RpcCall? call = null;
            byte[]? atCompletion = null;
            DerCode code = default;
            RpcWorld.Running running = world.Start(async () =>
            {
                call = world.Client.RentCall();
                await call.AdmitAsync(endpoint, SelfTestOpcodes.Push);
                RemoteMemory memory = block.Expose(call, MemoryAccess.RemoteWrite);
                block.Span.Fill(0x11);
                new SelfTestBulk(memory, 0, 0, block.LengthBytes, WantsChecksum: false).Write(call.BeginRequest(SelfTestBulk.SizeBytes));
                code = await call.SendAsync(SelfTestBulk.SizeBytes);
                atCompletion = block.Span.ToArray();
                block.Span.Fill(0x77);
            });
            for (int i = 0; i < steps && !running.IsDone; i++)
            {
                world.World.Step();
            }

            world.World.On(world.ClientLoop, () => call?.Cancel());
            world.RunUntil(() => running.IsDone, "completion");
            running.Throw();
            world.World.RunFor(50_000_000);
            Assert.False(block.Span.ContainsAnyExcept((byte)0x77), $"memory changed after completion (cancelled after {steps} steps)");
            Assert.True(code == DerCode.Canceled || code == DerCode.Success, code.ToString());
            if (code.IsSuccess)
            {
                replied++;
                Assert.False(atCompletion.AsSpan().ContainsAnyExcept((byte)0), "the server's buffer was never written");
            }
            else
            {
                canceled++;
            }

            world.World.On(world.ClientLoop, () => call!.Free());
        }

        // The loop covered both outcomes, or it proved nothing.
        Assert.True(canceled >= (wire == WireKind.Direct ? 1 : 4), $"cancelled {canceled}");
        Assert.True(replied > 3, $"replied {replied}");
    }

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Push_AfterTheCallWasCancelled_RefusedAndMemoryUntouched(WireKind wire)
    {
        using var world = new RpcWorld(wire);
        using var block = new NativeBlock(4096);
        RpcEndpoint endpoint = world.Endpoint;
        RpcCall? call = null;
        RpcWorld.Running running = world.Start(async () =>
        {
            call = world.Client.RentCall();
            await call.AdmitAsync(endpoint, ProbeService.PushHold);
            RemoteMemory memory = block.Expose(call, MemoryAccess.RemoteWrite);
            memory.Write(call.BeginRequest(RemoteMemory.SizeBytes));
            Assert.Equal(DerCode.Canceled, await call.SendAsync(RemoteMemory.SizeBytes));
            call.Free();
        });
        world.RunUntil(() => world.Probe.HeldCount == 1, "the request");
        world.World.On(world.ClientLoop, () => call!.Cancel());
        world.RunUntil(() => running.IsDone && world.Probe.IsHeldCanceled, "the cancel");
        running.Throw();
        world.World.On(world.ServerLoop, world.Probe.Release);
        world.World.RunFor(50_000_000);
        Assert.Equal([DerCode.Canceled], world.Probe.PushCodes);
        Assert.False(block.Span.ContainsAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(WireKind.Direct)]
    [InlineData(WireKind.Cross)]
    [InlineData(WireKind.Sockets)]
    public void Cancel_AtEveryStepOfAnEcho_CompletesOnceAndTheSlotIsReusable(WireKind wire)
    {
        using var world = new RpcWorld(wire, client: o => o with { CreditsPerEndpoint = 1 });
        RpcEndpoint endpoint = world.Endpoint;
        world.Run(async () => Assert.Equal(DerCode.Success, await InternalCalls.PingAsync(endpoint, 0)));
        for (int steps = 0; steps < 60; steps++)
        {
            RpcCall? call = null;
            RpcWorld.Running running = world.Start(async () =>
            {
                call = world.Client.RentCall();
                await call.AdmitAsync(endpoint, SelfTestOpcodes.Echo);
                call.BeginRequest(8).Fill((byte)steps);
                DerCode code = await call.SendAsync(8);
                Assert.True(code == DerCode.Canceled || code == DerCode.Success, code.ToString());
                Assert.Equal(code.IsSuccess ? 8 : 0, call.Reply.Length);
                call.Free();
                call = null;
            });
            for (int i = 0; i < steps && !running.IsDone; i++)
            {
                world.World.Step();
            }

            world.World.On(world.ClientLoop, () => call?.Cancel());
            world.RunUntil(() => running.IsDone, "completion");
            running.Throw();

            // The same slot, while the former request's reply may still be on its way.
            world.Run(async () =>
            {
                (DerCode code, byte[] reply) = await endpoint.CallAsync(SelfTestOpcodes.Echo, [9, 9, (byte)steps]);
                Assert.Equal(DerCode.Success, code);
                Assert.Equal([9, 9, (byte)steps], reply);
            });
        }
    }

    [Fact]
    public void Cancel_UnknownIdOrTwice_IgnoredByTheServer()
    {
        using var world = new RpcWorld(WireKind.Cross);
        using RawPeer raw = world.OpenRaw();
        raw.Connect();
        raw.Send(RawPeer.Request(InternalOpcodes.Cancel, 99, [], RpcFlags.OneWay, deadlineMs: 0));
        raw.Send(RawPeer.Request(ProbeService.Hold, 5, []));
        raw.Send(RawPeer.Request(InternalOpcodes.Cancel, 5, [], RpcFlags.OneWay, deadlineMs: 0));
        raw.Send(RawPeer.Request(InternalOpcodes.Cancel, 5, [], RpcFlags.OneWay, deadlineMs: 0));
        raw.Send(RawPeer.Request(SelfTestOpcodes.Echo, 6, [7]));
        world.RunUntil(() => raw.Messages.Count == 1, "the echo");
        Assert.Equal(6UL, RawPeer.HeaderOf(raw.Messages[0]).RpcId);
        Assert.Equal(1, world.Server.Statistics.RequestsCanceled);
        world.World.On(world.ServerLoop, world.Probe.ReleaseAll);
        world.World.RunFor(1_000_000);
        Assert.Null(raw.Closed);
        Assert.Single(raw.Messages);
    }
}
