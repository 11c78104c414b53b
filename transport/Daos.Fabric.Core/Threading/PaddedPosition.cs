namespace Daos.Fabric.Core.Threading;

/// <summary>
/// A position alone on its cache lines, so that producers and consumers do not slow each other. Any thread, through Volatile and
/// Interlocked. Not nested in the queue: a generic type cannot have an explicit layout.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct PaddedPosition
{
    [FieldOffset(64)]
    public long Value;
}
