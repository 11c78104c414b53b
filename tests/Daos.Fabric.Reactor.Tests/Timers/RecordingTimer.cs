namespace Daos.Fabric.Reactor.Tests.Timers;

internal sealed class RecordingTimer(int id, List<int> log) : TimerNode
{
    public Action? OnExpire { get; set; }

    protected internal override void Expire()
    {
        log.Add(id);
        OnExpire?.Invoke();
    }
}
