namespace Daos.Fabric.Rpc.Swim;

/// <summary>Calls a failure detector when it is due. Owned by its loop.</summary>
internal sealed class SwimTimer(SwimService service) : TimerNode
{
    protected override void Expire() => service.TimerFired();
}
