namespace Daos.Fabric.Reactor;

/// <summary>Placeholder shape, completed with the reactors.</summary>
public sealed class TimerWheel
{
    /// <summary>Arms a timer; an armed one is moved.</summary>
    public void Arm(TimerNode timer, long dueNs) => throw new InvalidOperationException("not built yet");

    /// <summary>Disarms a timer; nothing happens when it is not armed.</summary>
    public void Disarm(TimerNode timer) => throw new InvalidOperationException("not built yet");
}
