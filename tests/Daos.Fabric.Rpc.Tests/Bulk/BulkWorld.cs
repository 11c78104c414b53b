using Daos.Fabric.Rpc.Bulk;

namespace Daos.Fabric.Rpc.Tests.Bulk;

/// <summary>A world whose server (rank 0) has the bulk service.</summary>
internal sealed class BulkWorld : IDisposable
{
    internal BulkWorld(WireKind wire, ulong seed = 1)
    {
        ClientNode = new RpcNode(Rank.None);
        World = new RpcWorld(wire, seed, client: o => o with { Node = ClientNode });
        World.Server.Register(Service.Protocol);
    }

    internal RpcWorld World { get; }

    internal RpcNode ClientNode { get; }

    internal BulkService Service { get; } = new();

    internal RpcContext Server => World.Server;

    internal RpcContext Client => World.Client;

    /// <summary>Exposes the segments in a call of USE (or another operation) and gives its outcome.</summary>
    internal DerCode Call(Segments segments, MemoryAccess access, RpcOpcode? opcode = null, params RpcEndpoint[] others)
    {
        RpcWorld.Running running = Start(segments, access, out Func<DerCode> code, opcode, others);
        World.RunUntil(() => running.IsDone, "the call");
        running.Throw();
        return code();
    }

    internal RpcWorld.Running Start(Segments segments, MemoryAccess access, out Func<DerCode> code, RpcOpcode? opcode = null, params RpcEndpoint[] others)
    {
        DerCode result = default;
        code = () => result;
        return World.Start(async () =>
        {
            BulkRegion region = segments.Rent(Client, access);
            RpcCall call = Client.RentCall();
            result = await call.AdmitAsync(World.Endpoint, opcode ?? BulkService.Use, World.World.NowNs + 5_000_000_000);
            if (result.IsSuccess)
            {
                result = await Send(call, region, others);
            }

            call.Free();
            Assert.False(region.IsInUse);
            segments.Free();
        });
    }

    /// <summary>The same with the bytes of a handle.</summary>
    internal DerCode CallWith(byte[] handle)
    {
        DerCode code = default;
        World.Run(async () => code = (await World.Endpoint.CallAsync(BulkService.Use, handle)).Code);
        return code;
    }

    public void Dispose() => World.Dispose();

    private static ValueTask<DerCode> Send(RpcCall call, BulkRegion region, RpcEndpoint[] others)
    {
        ExposedBulk exposed = call.Expose(region, others);
        Assert.True(exposed.IsValid);
        call.Write(exposed, call.BeginRequest(exposed.SizeBytes));
        return call.SendAsync(exposed.SizeBytes);
    }
}
