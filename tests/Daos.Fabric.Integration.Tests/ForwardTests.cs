using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Daos.Fabric.Core.Buffers;
using Daos.Fabric.Core.Checksums;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Integration.Tests.Support;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Bulk;
using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Integration.Tests;

/// <summary>
/// A client behind a firewall that lets nobody in gives rank 0 a handle, and rank 1 moves the bytes: over the connection that the client made
/// to it beforehand, or through rank 0 when the client could not make one.
/// </summary>
public sealed class ForwardTests
{
    private const byte ModuleId = 201;
    private const int Length = 700_001;
    private const int FirstPort = 10001;
    private const int SecondPort = 10101;

    [Fact]
    public async Task Handle_OfAClientThatNobodyCanReach_IsUsedByAThirdRank()
    {
        (NetworkNamespace? made, string why) = await NetworkNamespace.TryMakeAsync();
        Assert.SkipWhen(made is null, why);
        using NetworkNamespace inside = made!;
        using var first = new Scratch();
        using var second = new Scratch();
        string[] uris = [$"tcp://{inside.HostAddress}:{FirstPort}", $"tcp://{inside.HostAddress}:{SecondPort}"];
        string ranks = $"0={uris[0]},1={uris[1]}";
        using EngineProcess leader = await StartAsync(first, 0, uris[0], ranks);
        using EngineProcess third = await StartAsync(second, 1, uris[1], ranks);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ConnectAsync(inside.Address));

        using (var client = new LiveCaller(inside))
        {
            Know(client, uris);
            Assert.Equal(DerCode.Success, await BindAsync(client));
            await CheckAsync(client, isRelayed: false);
        }

        // The second rank cannot be reached by the client either: the leader stands between.
        await inside.RefuseOutgoingAsync(SecondPort);
        using (var client = new LiveCaller(inside))
        {
            Know(client, uris);
            Assert.Equal(DerCode.Unreachable, await BindAsync(client));
            await CheckAsync(client, isRelayed: true);
        }

        Assert.Equal(0, await leader.TerminateAsync());
        Assert.Equal(0, await third.TerminateAsync());
    }

    private static void Know(LiveCaller client, string[] uris)
    {
        for (uint rank = 0; rank < uris.Length; rank++)
        {
            client.Node.PublishRank(new Rank(rank), TransportUri.Parse(uris[rank]));
        }
    }

    private static Task<DerCode> BindAsync(LiveCaller client) =>
        client.RunAsync(context => context.BindAsync(context.EndpointOf(new Rank(1), 0), context.Loop.NowNs + 20_000_000_000));

    private static async Task CheckAsync(LiveCaller client, bool isRelayed)
    {
        using var memory = new NativeSlab(Length);
        byte[] sent = new byte[Length];
        new SeededRandom(17).Fill(sent);
        sent.CopyTo(SpanOf(memory));
        (DerCode code, uint checksum, bool relayed) = await PassAsync(client, memory, isGet: true);
        Assert.Equal((DerCode.Success, Crc32C.Compute(sent), isRelayed), (code, checksum, relayed));
        Assert.True(SpanOf(memory).SequenceEqual(sent));

        (code, checksum, relayed) = await PassAsync(client, memory, isGet: false);
        Assert.Equal((DerCode.Success, isRelayed), (code, relayed));
        Assert.Equal(checksum, Crc32C.Compute(SpanOf(memory)));
        Assert.False(SpanOf(memory).SequenceEqual(sent));
    }

    private static Task<(DerCode Code, uint Checksum, bool IsRelayed)> PassAsync(LiveCaller client, NativeSlab memory, bool isGet) =>
        client.RunAsync(async context =>
        {
            BulkRegion region = Rent(context, memory, isGet);
            RpcCall call = context.RentCall();
            DerCode code = await call.AdmitAsync(context.EndpointOf(new Rank(0), 0), RpcOpcode.Create(ModuleId, 1, 1));
            if (code.IsSuccess)
            {
                code = await call.SendAsync(Write(context, call, region, isGet));
            }

            uint checksum = code.IsSuccess ? MemoryMarshal.Read<uint>(call.Reply) : 0;
            bool isRelayed = code.IsSuccess && MemoryMarshal.Read<uint>(call.Reply[4..]) == 1;
            call.Free();
            region.Free();
            return (code, checksum, isRelayed);
        });

    private static int Write(RpcContext context, RpcCall call, BulkRegion region, bool isGet)
    {
        ExposedBulk exposed = call.Expose(region, [context.EndpointOf(new Rank(1), 0)]);
        Span<byte> room = call.BeginRequest(8 + exposed.SizeBytes);
        room[..8].Clear();
        MemoryMarshal.Write(room, 1u);
        room[4] = isGet ? (byte)1 : (byte)2;
        call.Write(exposed, room[8..]);
        return 8 + exposed.SizeBytes;
    }

    private static unsafe BulkRegion Rent(RpcContext context, NativeSlab memory, bool isGet) =>
        context.TryRentBulk([new BulkSegment(memory.Address, Length)], isGet ? MemoryAccess.RemoteRead : MemoryAccess.RemoteWrite)!;

    private static unsafe Span<byte> SpanOf(NativeSlab memory) => new(memory.Address, Length);

    // What comes in is dropped and not refused: the attempt never ends by itself.
    private static async Task ConnectAsync(string address)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), 9), limit.Token);
    }

    private static Task<EngineProcess> StartAsync(Scratch scratch, int rank, string uri, string ranks) =>
        EngineProcess.StartReadyAsync("--storage", scratch.Storage, "--listen", uri, "--rank", $"{rank}", "--ranks", ranks, "--module", EngineProcess.TestModule);
}
