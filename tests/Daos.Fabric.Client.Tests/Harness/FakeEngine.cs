using Daos.Fabric.Core.Faults;
using Daos.Fabric.Protocol;
using Daos.Fabric.Protocol.Containers;
using Daos.Fabric.Protocol.Pools;
using Daos.Fabric.Rpc;
using Daos.Fabric.Rpc.Dispatch;
using Daos.Fabric.Transport;

namespace Daos.Fabric.Client.Tests.Harness;

/// <summary>
/// What an engine shows to a client, on one loop and in memory, with the switches that tests need: it drops replies, holds requests,
/// answers errors. It keeps results like the real one. Owned by its loop.
/// </summary>
internal sealed class FakeEngine : IDisposable
{
    internal const int Targets = 4;

    private static readonly Guid s_container = new("c0000000-0000-0000-0000-000000000001");

    private readonly Queue<DerCode> _answers = new();
    private readonly FakeObjects _objects;

    internal FakeEngine(OwnerLoop loop, IReadOnlyList<TransportProvider> providers, TransportUri uri, SeededRandom random, int requestSlots = 4096)
    {
        Faults = new FaultRegistry(random.Fork());
        Rpc = new RpcContext(loop, new RpcOptions { Transport = new TransportOptions { Random = random.Fork() }, Faults = Faults, RequestSlots = requestSlots }, providers, null);
        _objects = new FakeObjects(this);
        Rpc.Register(new RpcProtocol(ProtocolModules.Pool, ProtocolModules.PoolVersion, "pool",
        [
            new(PoolOpcodes.Create.Index, "POOL_CREATE", 0, RpcFeatures.None, Empty),
            new(PoolOpcodes.Connect.Index, "POOL_CONNECT", 0, RpcFeatures.None, ConnectPool),
            new(PoolOpcodes.List.Index, "POOL_LIST", 0, RpcFeatures.None, ListPools),
            new(PoolOpcodes.Disconnect.Index, "POOL_DISCONNECT", 0, RpcFeatures.None, GiveBack),
        ]));
        Rpc.Register(new RpcProtocol(ProtocolModules.Container, ProtocolModules.ContainerVersion, "cont",
        [
            new(ContainerOpcodes.Create.Index, "CONT_CREATE", 0, RpcFeatures.None, Empty),
            new(ContainerOpcodes.Open.Index, "CONT_OPEN", 0, RpcFeatures.None, OpenContainer),
            new(ContainerOpcodes.Close.Index, "CONT_CLOSE", 0, RpcFeatures.None, GiveBack),
        ]));
        Rpc.Register(_objects.Protocol);
        DerResult<TransportUri> listened = Rpc.Listen(uri);
        Assert.True(listened.IsSuccess, $"listen {uri}: {listened.Code}");
        Uri = listened.Value;
    }

    internal TransportUri Uri { get; }

    internal RpcContext Rpc { get; }

    /// <summary>All handles that clients drew.</summary>
    internal HashSet<Guid> Drawn { get; } = [];

    /// <summary>The pool handle that a client drew last.</summary>
    internal Guid PoolHandle { get; private set; }

    /// <summary>The container handle that a client drew last.</summary>
    internal Guid ContainerHandle { get; private set; }

    /// <summary>Handles that clients gave back, in order. Read it when no call is under way.</summary>
    internal List<Guid> GivenBack { get; } = [];

    internal FaultRegistry Faults { get; }

    /// <summary>Modifications carried out, each once.</summary>
    internal int Executed { get; set; }

    /// <summary>Modifications that were answered from the kept result.</summary>
    internal int AnsweredFromResult { get; set; }

    /// <summary>While true, fetched values come with a wrong checksum.</summary>
    internal bool BreaksChecksums { get; set; }

    /// <summary>Object requests that arrived.</summary>
    internal int Arrived { get; set; }

    /// <summary>The highest of the lowest unanswered numbers heard.</summary>
    internal ulong LowestUnanswered { get; set; }

    /// <summary>While true, object requests wait.</summary>
    internal bool Holds { get; set; }

    /// <summary>Answers this code to a coming object request instead of carrying it out.</summary>
    internal void AnswerNext(DerCode code, int times = 1)
    {
        for (int i = 0; i < times; i++)
        {
            _answers.Enqueue(code);
        }
    }

    internal bool TryTakeAnswer(out DerCode code) => _answers.TryDequeue(out code);

    public void Dispose() => Rpc.Dispose();

    private static ValueTask Empty(RpcRequest request)
    {
        request.Reply(DerCode.Success);
        return default;
    }

    private ValueTask ConnectPool(RpcRequest request)
    {
        Assert.True(OpenRequest.TryRead(request.Payload, out OpenRequest asked));
        PoolHandle = asked.Handle;
        Drawn.Add(asked.Handle);
        string uri = Uri.ToString();
        var reply = new PoolConnectReply(PoolHandle, new EntityName(new Guid(1, 2, 3, new byte[8]), asked.Name.Label), 1, [.. Enumerable.Repeat(uri, Targets)]);
        request.EndReply(reply.Write(request.BeginReply(PoolConnectReply.BytesMax)), DerCode.Success);
        return default;
    }

    private ValueTask GiveBack(RpcRequest request)
    {
        Assert.True(EntityRequest.TryRead(request.Payload, out EntityRequest asked));
        GivenBack.Add(asked.Handle);
        request.Reply(DerCode.Success);
        return default;
    }

    private ValueTask ListPools(RpcRequest request)
    {
        var list = new EntityList([new EntityName(new Guid(1, 2, 3, new byte[8]), "pool")]);
        request.EndReply(list.Write(request.BeginReply(EntityList.BytesMax)), DerCode.Success);
        return default;
    }

    private ValueTask OpenContainer(RpcRequest request)
    {
        Assert.True(OpenRequest.TryRead(request.Payload, out OpenRequest asked));
        Assert.Contains(asked.Pool, Drawn);
        ContainerHandle = asked.Handle;
        Drawn.Add(asked.Handle);
        var reply = new ContainerOpenReply(ContainerHandle, new EntityName(s_container, "cont"), ContainerProperties.Default);
        request.EndReply(reply.Write(request.BeginReply(ContainerOpenReply.BytesMax)), DerCode.Success);
        return default;
    }
}
