namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// A call's deadline. It stays armed when the call ends and is looked at again when it fires, so that a call that is used over and over
/// costs one operation of the wheel per deadline interval, not two per use. Owned by the context's loop.
/// </summary>
internal sealed class CallTimer(RpcCall call) : TimerNode
{
    internal void EnsureBy(long deadlineNs)
    {
        if (!IsArmed || DueNs > deadlineNs)
        {
            call.Context.Loop.Reactor.Timers.Arm(this, deadlineNs);
        }
    }

    protected override void Expire() => call.TimerFired(DueNs);
}
