namespace Daos.Fabric.Protocol.Pools;

/// <summary>Space of one tier of a pool, in bytes, as DAOS's daos_space tells it. A value.</summary>
/// <param name="TotalBytes">Size, summed over the targets.</param>
/// <param name="FreeBytes">What updates may still use, summed over the targets: what is reserved is not in it.</param>
/// <param name="ReservedBytes">Kept for what brings space back, summed over the targets.</param>
/// <param name="FreeMinBytes">What is free on the target with least.</param>
/// <param name="FreeMaxBytes">What is free on the target with most. The mean is what is free by the number of targets.</param>
public readonly record struct TierSpace(ulong TotalBytes, ulong FreeBytes, ulong ReservedBytes, ulong FreeMinBytes, ulong FreeMaxBytes)
{
    internal const int WireBytes = 5 * sizeof(ulong);

    internal void Write(ref WireWriter writer)
    {
        writer.WriteUInt64(TotalBytes);
        writer.WriteUInt64(FreeBytes);
        writer.WriteUInt64(ReservedBytes);
        writer.WriteUInt64(FreeMinBytes);
        writer.WriteUInt64(FreeMaxBytes);
    }

    internal static TierSpace Read(ref WireReader reader) =>
        new(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
}
