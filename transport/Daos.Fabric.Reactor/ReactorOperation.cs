namespace Daos.Fabric.Reactor;

/// <summary>
/// One operation under way in a reactor. The caller derives, keeps it alive and reuses it after its last completion. Owned by the
/// reactor's owner thread. Memory given with the operation belongs to the kernel until the last completion, also after a cancel.
/// </summary>
public abstract class ReactorOperation
{
    /// <summary>Reactor's own: index in its table of operations under way, -1 when idle.</summary>
    internal int Slot = -1;

    /// <summary>True from the call that started it until its last completion.</summary>
    public bool IsActive => Slot >= 0;

    /// <summary>
    /// Called on the owner thread inside <see cref="Reactor.Turn"/>. Must not block; may start further operations.
    /// </summary>
    /// <param name="result">Bytes, a descriptor, or a negative errno (<see cref="Errno"/>).</param>
    /// <param name="more">True for a multishot operation that will complete again.</param>
    protected internal abstract void Complete(int result, bool more);
}
