using Daos.Fabric.Rpc.Collectives;
using Daos.Fabric.Rpc.Dispatch;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Rpc.Incast;

/// <summary>
/// Incast variables: values that every rank may ask for and change, kept by callbacks along trees whose root the key decides (CART: IV).
/// Owned by the loop of its context; made before the loop runs.
/// </summary>
public sealed class IncastService : ICollectiveOperation
{
    private readonly Dictionary<uint, IncastNamespace> _namespaces = [];
    private readonly Stack<IncastWork> _works = new();

    /// <param name="context">Answers the incast module on its tag.</param>
    /// <param name="group">The primary group.</param>
    /// <param name="collectives">Of the same context: carries the synchronisations.</param>
    public IncastService(RpcContext context, PrimaryGroup group, CollectiveService collectives)
    {
        Context = context;
        Group = group;
        Collectives = collectives;
        context.Register(new RpcProtocol(IncastOpcodes.ModuleId, IncastOpcodes.Version, "iv",
        [
            new RpcOperation(IncastOpcodes.Fetch.Index, "IV_FETCH", SchedulingClass: 0, RpcFeatures.None, OnFetchAsync),
            new RpcOperation(IncastOpcodes.Update.Index, "IV_UPDATE", SchedulingClass: 0, RpcFeatures.None, OnUpdateAsync),
        ]));
        collectives.Register(this);
    }

    /// <inheritdoc/>
    public RpcOpcode Opcode => IncastOpcodes.Sync;

    internal RpcContext Context { get; }

    internal PrimaryGroup Group { get; }

    internal CollectiveService Collectives { get; }

    /// <summary>Adds a namespace, which every rank of the group has to add alike. DER_EXIST, DER_AGAIN (too many), DER_INVAL (no class, or one twice).</summary>
    /// <param name="id">Its number.</param>
    /// <param name="groupId">Whose ranks share it: 0 the primary group, else a secondary one.</param>
    /// <param name="topology">The trees.</param>
    /// <param name="tag">The tag that serves it at every rank.</param>
    /// <param name="classes">The classes of its variables.</param>
    public DerResult<IncastNamespace> Create(uint id, uint groupId, TreeTopology topology, ushort tag, IReadOnlyList<IIncastClass> classes)
    {
        Context.Loop.Assert();
        if (_namespaces.ContainsKey(id))
        {
            return DerCode.Exists;
        }

        if (_namespaces.Count == IncastLimits.NamespacesMax)
        {
            return DerCode.Again;
        }

        if (classes.Count == 0 || classes.DistinctBy(static c => c.Id).Count() != classes.Count)
        {
            return DerCode.Invalid;
        }

        var created = new IncastNamespace(this, id, groupId, topology, tag, classes);
        _namespaces.Add(id, created);
        return created;
    }

    DerCode ICollectiveOperation.BeforeForward(CollectiveRequest request) => DerCode.Success;

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    async ValueTask<DerCode> ICollectiveOperation.RunAsync(CollectiveRequest request)
    {
        if (!IncastMessage.TryRead(request.Payload, out IncastMessage message))
        {
            return DerCode.Protocol;
        }

        return _namespaces.TryGetValue(message.Namespace, out IncastNamespace? space) ? await space.SynchronisedAsync(message) : DerCode.Nonexist;
    }

    DerCode ICollectiveOperation.Aggregate(CollectiveRequest request, ReadOnlySpan<byte> childReply) => DerCode.Success;

    void ICollectiveOperation.AfterReply(CollectiveRequest request)
    {
    }

    internal void Remove(IncastNamespace space) => _namespaces.Remove(space.Id);

    /// <summary>Memory for an operation; given back when nothing refers to it any more.</summary>
    internal IncastWork RentWork() => _works.TryPop(out IncastWork? work) ? work : new IncastWork();

    internal void ReturnWork(IncastWork work)
    {
        if (_works.Count < IncastLimits.KeptMax)
        {
            _works.Push(work);
        }
    }

    private static void Answer(RpcRequest request, in DerResult<IncastValue> result)
    {
        if (!result.IsSuccess)
        {
            request.Reply(result.Code);
            return;
        }

        Span<byte> room = request.BeginReply(IncastMessage.ReplyHeadBytes + result.Value.Bytes.Length);
        request.EndReply(IncastMessage.WriteReply(room, result.Value), DerCode.Success);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OnFetchAsync(RpcRequest request)
    {
        IncastWork work = RentWork();
        DerCode code = Read(request, work, out IncastMessage message, out IncastNamespace? space);
        Answer(request, code.IsError ? code : await space!.FetchOnceAsync(message, work.Reply, request.DeadlineNs));
        ReturnWork(work);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask OnUpdateAsync(RpcRequest request)
    {
        IncastWork work = RentWork();
        DerCode code = Read(request, work, out IncastMessage message, out IncastNamespace? space);
        code = code.IsSuccess && message.Value is null ? DerCode.Protocol : code;
        Answer(request, code.IsError ? code : await space!.UpdateOnceAsync(message, work.Reply, request.DeadlineNs));
        ReturnWork(work);
    }

    // The payload is copied: callbacks are given it as managed memory.
    private DerCode Read(RpcRequest request, IncastWork work, out IncastMessage message, out IncastNamespace? space)
    {
        space = null;
        work.Take(request.Payload);
        if (!IncastMessage.TryRead(work.Message, out message))
        {
            return DerCode.Protocol;
        }

        return _namespaces.TryGetValue(message.Namespace, out space) ? DerCode.Success : DerCode.Nonexist;
    }
}
