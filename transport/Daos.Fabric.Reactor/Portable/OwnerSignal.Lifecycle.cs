namespace Daos.Fabric.Reactor.Portable;

/// <summary>
/// Where a portable reactor's owner thread waits when it has nothing to do, which is the one place where it may block: what epoll_wait is
/// for the reactor on epoll. The owner clears and waits, any thread sets.
/// </summary>
internal sealed class OwnerSignal : IDisposable
{
    private readonly ManualResetEventSlim _event = new(initialState: false, spinCount: 0);

    internal void Clear() => _event.Reset();

    internal void Set() => _event.Set();

    internal void Wait(int milliseconds) => _event.Wait(milliseconds);

    public void Dispose() => _event.Dispose();
}
