namespace Daos.Fabric.Rpc.Bulk;

/// <summary>The local side of a transfer: a region with an offset, or one run of memory. A value.</summary>
internal readonly unsafe struct BulkLocal
{
    internal BulkLocal(BulkRegion region, long offsetBytes)
    {
        Region = region;
        OffsetBytes = offsetBytes;
        LengthBytes = region.LengthBytes;
    }

    internal BulkLocal(byte* address, long lengthBytes)
    {
        Address = address;
        LengthBytes = lengthBytes;
    }

    internal BulkRegion? Region { get; }

    internal byte* Address { get; }

    internal long OffsetBytes { get; }

    internal long LengthBytes { get; }
}
