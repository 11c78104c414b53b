namespace Daos.Fabric.Transport.Ofi.Native;

/// <summary>
/// The head of what shm maps for an endpoint, <c>/dev/shm/name</c>, as processes of one machine share it: version 4, which libfabric 1.16 to
/// 1.19 write. Only what <see cref="Endpoints.ShmRegionView"/> needs; that it is what it seems is checked against the file's size and the
/// process.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal struct SmrRegion
{
    internal const byte KnownVersion = 4;

    [FieldOffset(0)]
    public byte version;

    [FieldOffset(4)]
    public int pid;

    /// <summary>1 when memory of other processes can be copied directly, as the first peer showed.</summary>
    [FieldOffset(8)]
    public byte cma_cap_peer;

    /// <summary>A pthread_spinlock_t: held while anyone adds a command or the owner works on them.</summary>
    [FieldOffset(24)]
    public int @lock;

    [FieldOffset(40)]
    public ulong total_size;
}
