namespace Daos.Fabric.Transport.SharedMemory;

/// <summary>Where shared memory contexts of one user find each other. Immutable.</summary>
public sealed record SharedMemoryOptions
{
    /// <summary>
    /// The directory of the names, absolute; it is made for its owner alone (0700) and refused when others may enter it. Null for
    /// <c>$DAOS_SHM_DIR</c>, else <c>$XDG_RUNTIME_DIR/daos-fabric</c>, else <c>/tmp/daos-fabric-UID</c>.
    /// </summary>
    public string? Directory { get; init; }

    /// <summary>
    /// False never touches another process's memory by system calls: what is in no shared region is copied through the ring. True tries,
    /// and tells <see cref="TransportOptions.Notice"/> once when the kernel refuses.
    /// </summary>
    public bool UseProcessMemory { get; init; } = true;
}
