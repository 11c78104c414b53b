namespace Daos.Fabric.Xstreams.Mesh;

/// <summary>What one side of a <see cref="SpscRing{T}"/> writes, on a cache line of its own. Outside the ring, because generic types cannot have explicit layout.</summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct RingSide
{
    [FieldOffset(64)]
    public long Position;

    [FieldOffset(72)]
    public long OtherSeen;
}
