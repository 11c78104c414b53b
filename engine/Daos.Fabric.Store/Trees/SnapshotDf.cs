namespace Daos.Fabric.Store.Trees;

/// <summary>A snapshot of a container: an epoch that stays readable. It starts like an incarnation event, so that it is found by epoch the same way.</summary>
/// <remarks>
/// <code>
///  0               8
/// | epoch         | reserved, zero |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct SnapshotDf
{
    /// <summary>Bytes of a snapshot.</summary>
    public const int SizeBytes = 16;

    /// <summary>The epoch that stays readable.</summary>
    [FieldOffset(0)]
    public ulong Epoch;

    [FieldOffset(8)]
    private readonly ulong _reserved;
}
