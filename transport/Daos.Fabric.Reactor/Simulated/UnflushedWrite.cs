namespace Daos.Fabric.Reactor.Simulated;

/// <summary>A write that the drive holds in its volatile cache. Owned by the simulator's thread.</summary>
internal sealed class UnflushedWrite(long offsetBytes, byte[] bytes)
{
    internal long OffsetBytes { get; } = offsetBytes;

    internal byte[] Bytes { get; } = bytes;

    internal long EndBytes => OffsetBytes + Bytes.Length;

    /// <summary>
    /// Which completion of the file told the owner of this write; 0 before that. A flush covers what its caller knew to be complete.
    /// </summary>
    internal long DeliveryNumber { get; set; }

    internal UnflushedWrite Clone() => new(OffsetBytes, (byte[])Bytes.Clone()) { DeliveryNumber = DeliveryNumber };

    /// <summary>
    /// A newer write of the same bytes became stable: whether this one survives must make no difference to them any more.
    /// </summary>
    internal void Overlay(UnflushedWrite newer)
    {
        long start = Math.Max(OffsetBytes, newer.OffsetBytes);
        long end = Math.Min(EndBytes, newer.EndBytes);
        if (start < end)
        {
            newer.Bytes.AsSpan((int)(start - newer.OffsetBytes), (int)(end - start)).CopyTo(Bytes.AsSpan((int)(start - OffsetBytes)));
        }
    }
}
