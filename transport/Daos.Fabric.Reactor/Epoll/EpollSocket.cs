namespace Daos.Fabric.Reactor.Epoll;

/// <summary>
/// What is known of one descriptor: the operations that wait on it (slot numbers, -1 for none) and what the edge-triggered events said.
/// Owned by the reactor's thread.
/// </summary>
internal struct EpollSocket
{
    public int Input;
    public int Output;
    public bool IsWatched;

    /// <summary>A receive or accept is worth trying: nothing said yet that it would block.</summary>
    public bool MayInput;

    /// <summary>A send is worth trying.</summary>
    public bool MayOutput;

    /// <summary>The peer closed or the socket failed: no further event comes, so trying is always worth it.</summary>
    public bool HasHungUp;

    /// <summary>A state in which everything is worth trying.</summary>
    public static EpollSocket Fresh => new() { Input = -1, Output = -1, IsWatched = true, MayInput = true, MayOutput = true };
}
