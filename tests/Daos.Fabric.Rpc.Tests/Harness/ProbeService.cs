namespace Daos.Fabric.Rpc.Tests.Harness;

/// <summary>A protocol whose operations misbehave or wait as a test wants it.</summary>
internal sealed class ProbeService
{
    internal const byte Module = 0x50;

    internal static readonly RpcOpcode Hold = Of(0);
    internal static readonly RpcOpcode Throw = Of(1);
    internal static readonly RpcOpcode ThrowLater = Of(2);
    internal static readonly RpcOpcode Forget = Of(3);
    internal static readonly RpcOpcode ReplyTwice = Of(4);
    internal static readonly RpcOpcode Notify = Of(5);
    internal static readonly RpcOpcode Modify = Of(6);
    internal static readonly RpcOpcode BeginAndThrow = Of(7);
    internal static readonly RpcOpcode PushHold = Of(8);

    private readonly Queue<HeldRequest> _held = [];

    internal ProbeService(byte version = 1)
    {
        Protocol = new RpcProtocol(Module, version, "probe",
        [
            new RpcOperation(Hold.Index, "HOLD", 0, RpcFeatures.None, HoldAsync),
            new RpcOperation(Throw.Index, "THROW", 0, RpcFeatures.None, _ => throw new InvalidOperationException("planted")),
            new RpcOperation(ThrowLater.Index, "THROW_LATER", 0, RpcFeatures.None, ThrowLaterAsync),
            new RpcOperation(Forget.Index, "FORGET", 0, RpcFeatures.None, _ => default),
            new RpcOperation(ReplyTwice.Index, "REPLY_TWICE", 0, RpcFeatures.None, AnswerTwice),
            new RpcOperation(Notify.Index, "NOTIFY", 0, RpcFeatures.OneWay, OnNotify) { Arrived = OnNotifyArrived },
            new RpcOperation(Modify.Index, "MODIFY", 1, RpcFeatures.Modification, OnModify),
            new RpcOperation(BeginAndThrow.Index, "BEGIN_AND_THROW", 0, RpcFeatures.None, Begin),
            new RpcOperation(PushHold.Index, "PUSH_HOLD", 0, RpcFeatures.None, PushHoldAsync),
        ])
        { FeatureBits = 0xABC };
    }

    internal RpcProtocol Protocol { get; }

    internal int HeldCount => _held.Count;

    internal int Notified { get; private set; }

    internal ModificationInfo LastModification { get; private set; }

    internal List<byte> Started { get; } = [];

    /// <summary>Notifications when they were queued: first byte, whether it was said to be queued, and how many had been handled.</summary>
    internal List<(byte First, bool IsQueued, int Handled)> Arrivals { get; } = [];

    /// <summary>A notification was said to be queued while it was handled.</summary>
    internal bool WasQueuedWhileHandled { get; private set; }

    /// <summary>Requests that learned of their cancel.</summary>
    internal int SeenCanceled { get; private set; }

    /// <summary>Codes of the pushes of <see cref="PushHold"/>.</summary>
    internal List<DerCode> PushCodes { get; } = [];

    /// <summary>Closes the connection of the oldest held request.</summary>
    internal void CloseHeld(DerCode reason) => _held.Peek().Request!.Connection.Close(reason);

    internal bool IsHeldCanceled => _held.Peek().Request!.IsCanceled;

    /// <summary>Lets the oldest held request go on; on the server's loop.</summary>
    internal void Release()
    {
        HeldRequest held = _held.Dequeue();
        SeenCanceled += held.Request!.IsCanceled ? 1 : 0;
        held.Finish();
    }

    internal void ReleaseAll()
    {
        while (_held.Count > 0)
        {
            Release();
        }
    }

    private static RpcOpcode Of(ushort index) => RpcOpcode.Create(Module, 1, index);

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask HoldAsync(RpcRequest request)
    {
        Started.Add(request.PayloadBytes > 0 ? request.Payload[0] : (byte)0);
        await HoldOn(request);
        Echo(request);
    }

    private ValueTask<bool> HoldOn(RpcRequest request)
    {
        var held = new HeldRequest();
        _held.Enqueue(held);
        return held.Start(request);
    }

    private static void Echo(RpcRequest request)
    {
        request.Payload.CopyTo(request.BeginReply(request.PayloadBytes));
        request.EndReply(request.PayloadBytes, DerCode.Success);
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ThrowLaterAsync(RpcRequest request)
    {
        await HoldOn(request);
        throw new InvalidOperationException("planted");
    }

    private static ValueTask AnswerTwice(RpcRequest request)
    {
        request.Reply(DerCode.Already);
        request.Reply(DerCode.Busy);
        return default;
    }

    // A peer may send anything, nothing at all as well.
    private void OnNotifyArrived(RpcRequest request) =>
        Arrivals.Add((request.Payload.IsEmpty ? (byte)0 : request.Payload[0], request.IsQueued, Notified));

    private ValueTask OnNotify(RpcRequest request)
    {
        WasQueuedWhileHandled |= request.IsQueued;
        Notified++;
        return default;
    }

    private ValueTask OnModify(RpcRequest request)
    {
        LastModification = request.Modification;
        request.Reply(request.IsResend ? DerCode.Already : DerCode.Success);
        return default;
    }

    private static ValueTask Begin(RpcRequest request)
    {
        request.BeginReply(100).Fill(0xEE);
        throw new InvalidOperationException("planted");
    }

    // Holds with the bulk still to come: a cancel finds it before the push.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PushHoldAsync(RpcRequest request)
    {
        await HoldOn(request);
        PushCodes.Add(await Push(request));
        request.Reply(DerCode.Success);
    }

    private static unsafe ValueTask<DerCode> Push(RpcRequest request)
    {
        RemoteMemory memory = RemoteMemory.Read(request.Payload);
        return request.PushAsync(memory, 0, request.PayloadAddress, request.PayloadBytes);
    }

    private sealed class HeldRequest : PooledOperation<bool>
    {
        internal RpcRequest? Request { get; private set; }

        internal ValueTask<bool> Start(RpcRequest request)
        {
            Request = request;
            Begin(request.Context.Loop);
            return Task;
        }

        internal void Finish() => Complete(true);

        protected override void Release()
        {
        }
    }
}
