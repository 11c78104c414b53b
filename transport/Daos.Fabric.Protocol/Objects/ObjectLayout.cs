namespace Daos.Fabric.Protocol.Objects;

/// <summary>Sizes of the variable parts of object messages, so that callers can ask for room before they write.</summary>
public static class ObjectLayout
{
    /// <summary>The next multiple of 8.</summary>
    public static int Align8(int bytes) => (bytes + 7) & ~7;

    /// <summary>Bytes of one iod with everything that belongs to it.</summary>
    public static int IodBytes(int akeyBytes, int recxCount, int checksumWords) =>
        IodWire.SizeBytes + Align8(akeyBytes) + (recxCount * Recx.SizeBytes) + Align8(checksumWords * sizeof(uint));

    /// <summary>Bytes of an update or fetch without its iods and values.</summary>
    public static int IoBytes(int dkeyBytes) => ObjectIoWire.SizeBytes + Align8(dkeyBytes);

    /// <summary>Checksums that an extent or single value needs: one per started chunk; one for everything when chunks have no size.</summary>
    public static long ChecksumCount(long valueBytes, long chunkBytes) =>
        valueBytes == 0 ? 0 : chunkBytes == 0 ? 1 : (valueBytes + chunkBytes - 1) / chunkBytes;

    /// <summary>
    /// Checksums of an extent: one per chunk that it touches. Chunks lie at multiples of their size counted from record 0 of the array, so
    /// that what one extent wrote can be verified when another one is read.
    /// </summary>
    /// <param name="firstByte">Where the extent begins in the array, in bytes.</param>
    /// <param name="valueBytes">Its length.</param>
    /// <param name="chunkBytes">Bytes that one checksum covers; 0 for one over everything.</param>
    public static long ExtentChecksumCount(ulong firstByte, long valueBytes, uint chunkBytes) =>
        valueBytes == 0 ? 0 : chunkBytes == 0 ? 1 : (long)(((firstByte + (ulong)valueBytes - 1) / chunkBytes) - (firstByte / chunkBytes)) + 1;
}
