using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Groups;
using Daos.Fabric.Rpc.Requests;

namespace Daos.Fabric.Rpc.Collectives;

/// <summary>
/// One collective at one rank: its message, the calls to the children and what came of them. Owned by the service's loop, which uses it
/// for one collective after the other, so that they allocate nothing: from <see cref="BeginAsRoot"/> or <see cref="TryBegin"/> until
/// <see cref="End"/>.
/// </summary>
internal sealed class CollectiveRun(RpcContext context, PrimaryGroup group)
{
    private readonly CollectiveTree _tree = new();
    private readonly CollectiveJoin _join = new();
    private readonly ReplyRoom _ownReply = new();
    private CollectiveHeader _header;
    private CollectiveChild[] _children = [];
    private byte[] _message = [];
    private byte[] _replies = [];
    private int _messageBytes;
    private int _repliesBytes;
    private ushort _tag;
    private long _childDeadlineNs;

    internal CollectiveHeader Header => _header;

    internal CollectiveRequest Request { get; } = new();

    /// <summary>This rank is among those meant: all but a root that the filter leaves out.</summary>
    internal bool TakesPart => Request.Parent != Rank.None || !_header.IsRootExcluded;

    /// <summary>After <see cref="WaitAsync"/>: somebody below did not run it, or failed.</summary>
    internal bool HasFailed
    {
        get
        {
            foreach (ref readonly CollectiveChild child in Children)
            {
                if (child.Result.FailedCode.IsError)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private ReadOnlySpan<byte> Message => _message.AsSpan(0, _messageBytes);

    private Span<CollectiveChild> Children => _children.AsSpan(0, _tree.Children.Length);

    /// <summary>Begins what this rank starts itself; filter and payload are copied.</summary>
    /// <param name="header">What travels.</param>
    /// <param name="call">Filter and tag.</param>
    /// <param name="payload">What every rank is given.</param>
    /// <param name="reply">Takes the reply; null when nobody reads it.</param>
    /// <param name="deadlineNs">When the caller does not wait any more.</param>
    internal void BeginAsRoot(in CollectiveHeader header, CollectiveCall call, ReadOnlySpan<byte> payload, ReplyRoom? reply, long deadlineNs)
    {
        _header = header;
        _messageBytes = CollectiveWire.SizeOf(header.FilterCount, payload.Length);
        KeptArray.Reserve(ref _message, _messageBytes);
        CollectiveWire.Write(_message.AsSpan(0, _messageBytes), header, call.Filter, payload);
        Begin(call.Tag, Rank.None, _messageBytes - payload.Length, reply ?? _ownReply, deadlineNs);
    }

    /// <summary>Begins what another rank handed on; false for a malformed message. The message is copied, since it is handed on later.</summary>
    internal bool TryBegin(ReadOnlySpan<byte> message, ushort tag, Rank parent, long deadlineNs)
    {
        if (!CollectiveWire.TryRead(message, out _header, out int payloadOffset))
        {
            return false;
        }

        _messageBytes = message.Length;
        KeptArray.Reserve(ref _message, _messageBytes);
        message.CopyTo(_message);
        Begin(tag, parent, payloadOffset, _ownReply, deadlineNs);
        return true;
    }

    /// <summary>This rank's place among those meant. DER_OOG: root, self or an included rank is not in the group.</summary>
    internal DerCode BuildTree(GroupRanks ranks) => _tree.Build(ranks, _header, Message, group.Self);

    internal void CallChildren(long deadlineNs)
    {
        int count = _tree.Children.Length;
        KeptArray.Reserve(ref _children, count);
        _childDeadlineNs = deadlineNs;
        _join.Start(context.Loop, count);
        for (int i = 0; i < count; i++)
        {
            context.Loop.Spawn(CallChildAsync(i));
        }
    }

    internal ValueTask WaitAsync()
    {
        _join.Arrive();
        return _join.TaskWithoutResult;
    }

    /// <summary>Merges this rank's part and the children's, in the order of the tree.</summary>
    internal CollectiveResult Conclude(ICollectiveOperation operation, DerCode own, bool runs)
    {
        int reached = runs ? 1 : 0;
        int failed = TakesPart && !runs ? 1 : 0;
        bool merges = runs || !TakesPart;
        Rank failedRank = own.IsError ? group.Self : Rank.None;
        DerCode failedCode = own;
        foreach (ref readonly CollectiveChild child in Children)
        {
            reached += child.Result.Reached;
            failed += child.Result.Failed;
            DerCode code = child.Result.FailedCode;
            Rank rank = child.Result.FailedRank;
            if (child.Result.Reached > 0 && merges && operation.Aggregate(Request, ReplyOf(child)) is { IsError: true } merged && code.IsSuccess)
            {
                code = merged;
                rank = group.Self;
            }

            if (code.IsError && (failedCode.IsSuccess || (code == DerCode.GroupVersion && failedCode != DerCode.GroupVersion)))
            {
                failedCode = code;
                failedRank = rank;
            }
        }

        return new CollectiveResult(reached, failed, failedRank, failedCode);
    }

    /// <summary>Nobody refers to this collective any more.</summary>
    internal void End()
    {
        // The root's caller keeps its room; nothing of ours may lead there.
        Request.Reply = _ownReply;
        if (_replies.Length > CollectiveLimits.RepliesKeptBytesMax)
        {
            _replies = [];
        }
    }

    private void Begin(ushort tag, Rank parent, int payloadOffset, ReplyRoom reply, long deadlineNs)
    {
        _tag = tag;
        _repliesBytes = 0;
        reply.Clear();
        Request.Opcode = _header.Opcode;
        Request.GroupId = _header.GroupId;
        Request.Root = _header.Root;
        Request.Parent = parent;
        Request.Payload = _message.AsMemory(payloadOffset, _messageBytes - payloadOffset);
        Request.DeadlineNs = deadlineNs;
        Request.Reply = reply;
    }

    private ReadOnlySpan<byte> ReplyOf(in CollectiveChild child) => _replies.AsSpan(child.ReplyOffset, child.ReplyBytes);

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask CallChildAsync(int index)
    {
        int position = _tree.Children[index];
        Rank child = _tree.RankAt(position);
        DerResult<RpcEndpoint> endpoint = group.EndpointOf(context, child, _tag);
        DerCode code = FaultRegistry.Fires(context.Options.Faults, FaultPoint.CollectiveChildLost) ? DerCode.Unreachable : endpoint.Code;
        if (code.IsSuccess && context.CallsRented == RpcLimits.CallsMax)
        {
            code = DerCode.Again;
        }

        if (code.IsSuccess)
        {
            RpcCall call = context.RentCall();
            code = await SendAsync(call, endpoint.Value);
            code = code.IsSuccess ? TakeReply(index, call.Reply) : code;
            call.Free();
        }

        if (code.IsError)
        {
            _children[index] = new CollectiveChild(CollectiveResult.Fail(code, child, _tree.CountBelow(position)), 0, 0);
        }

        _join.Arrive();
    }

    // Copied: the call's memory is the connection's, which others need while we wait for the other children.
    private DerCode TakeReply(int index, ReadOnlySpan<byte> bytes)
    {
        if (!CollectiveWire.TryReadReply(bytes, _tree.CountBelow(_tree.Children[index]), out CollectiveResult result, out ReadOnlySpan<byte> reply))
        {
            return DerCode.Protocol;
        }

        _children[index] = new CollectiveChild(result, _repliesBytes, reply.Length);
        KeptArray.Reserve(ref _replies, _repliesBytes + reply.Length);
        reply.CopyTo(_replies.AsSpan(_repliesBytes));
        _repliesBytes += reply.Length;
        return DerCode.Success;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> SendAsync(RpcCall call, RpcEndpoint endpoint)
    {
        DerCode code = await call.AdmitAsync(endpoint, CollectiveOpcodes.Forward, _childDeadlineNs);
        if (code.IsError)
        {
            return code;
        }

        Message.CopyTo(call.BeginRequest(_messageBytes));
        return await call.SendAsync(_messageBytes);
    }
}
