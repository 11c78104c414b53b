namespace Daos.Fabric.Reactor.Tests.Conformance;

/// <summary>One reactor in one loop, and how to drive it: turns of a real one, steps of the world of a simulated one.</summary>
internal abstract class ReactorFixture : IDisposable
{
    public abstract OwnerLoop Loop { get; }

    public Reactor Reactor => Loop.Reactor;

    /// <summary>Where files of this test may lie.</summary>
    public abstract string Directory { get; }

    /// <summary>A tcp address that nobody uses and that the system completes.</summary>
    public SocketAddress AnyTcp => SocketAddress.Tcp(System.Net.IPAddress.Loopback, 0);

    public SocketAddress NewUnix(string name) => SocketAddress.Unix(Directory + "/" + name);

    /// <summary>Starts operations as if inside a turn.</summary>
    public void Do(Action action)
    {
        using OwnerThread.EnterScope scope = Loop.Enter();
        action();
    }

    /// <summary>Turns until the condition holds, at most ten seconds; then fails.</summary>
    public abstract void Until(Func<bool> condition);

    /// <summary>Turns for a time.</summary>
    public abstract void For(long durationNs);

    public abstract void Dispose();
}
