using Daos.Fabric.Store.Devices.Format;

namespace Daos.Fabric.Store.Devices;

/// <summary>
/// The blobs of a device, in memory: immutable, so that a change is another table, which counts once it is durable. Pure.
/// </summary>
internal sealed class BlobTable
{
    private readonly SortedDictionary<Guid, BlobRecord> _blobs;

    private readonly Dictionary<BlobTag, BlobRecord> _byTag;

    private BlobTable(SortedDictionary<Guid, BlobRecord> blobs)
    {
        _blobs = blobs;
        _byTag = blobs.Values.ToDictionary(static b => b.Tag);
    }

    /// <summary>No blob.</summary>
    internal static BlobTable Empty { get; } = new([]);

    /// <summary>In the order of their identities.</summary>
    internal IEnumerable<BlobRecord> Blobs => _blobs.Values;

    /// <summary>What it takes on media.</summary>
    internal long SizeBytes =>
        BlobTableDf.SizeBytes + ((long)_blobs.Count * BlobRecordDf.SizeBytes) + (_blobs.Values.Sum(static b => (long)b.Extents.Count) * BlobExtentDf.SizeBytes);

    internal long UsedClusters => _blobs.Values.Sum(static b => b.Clusters);

    /// <summary>Null when there is none.</summary>
    internal BlobRecord? Find(Guid id) => _blobs.GetValueOrDefault(id);

    /// <summary>Null when there is none.</summary>
    internal BlobRecord? Find(BlobTag tag) => _byTag.GetValueOrDefault(tag);

    /// <summary>A table with blobs added, replaced or left out.</summary>
    internal BlobTable With(IEnumerable<BlobRecord> changed, IEnumerable<Guid> removed)
    {
        var blobs = new SortedDictionary<Guid, BlobRecord>(_blobs);
        foreach (Guid id in removed)
        {
            blobs.Remove(id);
        }

        foreach (BlobRecord blob in changed)
        {
            blobs[blob.Id] = blob;
        }

        return new BlobTable(blobs);
    }

    /// <summary>Writes it into zeroed memory of at least <see cref="SizeBytes"/>.</summary>
    internal unsafe void Write(byte* memory, Guid device, ulong sequence)
    {
        var head = (BlobTableDf*)memory;
        head->Magic = BlobTableDf.MagicValue;
        head->Version = BlobTableDf.VersionValue;
        head->BlobCount = (uint)_blobs.Count;
        head->Sequence = sequence;
        device.TryWriteBytes(new Span<byte>(head->DeviceId, 16), bigEndian: true, out _);
        var record = (BlobRecordDf*)(memory + BlobTableDf.SizeBytes);
        var extent = (BlobExtentDf*)(record + _blobs.Count);
        foreach (BlobRecord blob in _blobs.Values)
        {
            blob.Id.TryWriteBytes(new Span<byte>(record->BlobId, 16), bigEndian: true, out _);
            blob.Tag.Pool.TryWriteBytes(new Span<byte>(record->PoolId, 16), bigEndian: true, out _);
            record->Target = (uint)blob.Tag.Target;
            record->Role = (uint)blob.Tag.Role;
            record->ExtentCount = (uint)blob.Extents.Count;
            record++;
            foreach (BlobExtent one in blob.Extents)
            {
                *extent++ = new BlobExtentDf { Cluster = (ulong)one.Cluster, Clusters = (ulong)one.Clusters };
                head->ExtentCount++;
            }
        }
    }

    /// <summary>Reads a table whose checksum is good; null, with what is wrong, when it cannot be one of this device.</summary>
    internal static unsafe BlobTable? Read(byte* memory, long lengthBytes, in DeviceHeaderDf header, out string wrong)
    {
        DeviceHeaderDf device = header;
        var head = (BlobTableDf*)memory;
        wrong = "it does not belong to this device's header";
        if (lengthBytes < BlobTableDf.SizeBytes
            || head->Magic != BlobTableDf.MagicValue
            || head->Version != BlobTableDf.VersionValue
            || head->Sequence != device.TableSequence
            || new Guid(new ReadOnlySpan<byte>(head->DeviceId, 16), bigEndian: true) != device.Id)
        {
            return null;
        }

        wrong = "its counts do not fit its length";
        long bytes = BlobTableDf.SizeBytes + ((long)head->BlobCount * BlobRecordDf.SizeBytes) + ((long)head->ExtentCount * BlobExtentDf.SizeBytes);
        return bytes == lengthBytes ? ReadBlobs(memory, head, device.Geometry.Clusters, ref wrong) : null;
    }

    private static unsafe BlobTable? ReadBlobs(byte* memory, BlobTableDf* head, long clusters, ref string wrong)
    {
        var blobs = new SortedDictionary<Guid, BlobRecord>();
        var tags = new HashSet<BlobTag>();
        var record = (BlobRecordDf*)(memory + BlobTableDf.SizeBytes);
        var extent = (BlobExtentDf*)(record + head->BlobCount);
        uint left = head->ExtentCount;
        for (uint i = 0; i < head->BlobCount; i++, record++)
        {
            var extents = new BlobExtent[Math.Min(record->ExtentCount, left)];
            for (int j = 0; j < extents.Length; j++, extent++)
            {
                extents[j] = new BlobExtent((long)extent->Cluster, (long)extent->Clusters);
            }

            var id = new Guid(new ReadOnlySpan<byte>(record->BlobId, 16), bigEndian: true);
            var tag = new BlobTag(
                new Guid(new ReadOnlySpan<byte>(record->PoolId, 16), bigEndian: true), (int)record->Target, (BlobRole)record->Role);
            wrong = $"blob {id} is no whole one";
            if (record->ExtentCount == 0 || record->ExtentCount > left || !tags.Add(tag) || !blobs.TryAdd(id, new BlobRecord(id, tag, extents)))
            {
                return null;
            }

            left -= record->ExtentCount;
        }

        var table = new BlobTable(blobs);
        string? overlap = left > 0 ? "it has extents of no blob" : ClusterMap.FindWrong(table, clusters);
        wrong = overlap ?? "";
        return overlap is null ? table : null;
    }
}
