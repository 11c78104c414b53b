namespace Daos.Fabric.Store.Devices;

/// <summary>
/// A blob of an open device as its user has it: where each of its bytes lies. It never changes; one that grew is another object with the same
/// beginning, which whoever owns the device hands to whoever uses the blob. Any thread.
/// </summary>
public sealed class DeviceBlob
{
    private readonly long[] _starts;
    private readonly long[] _places;

    internal DeviceBlob(BlobRecord record, string devicePath, int descriptor, bool isOnBlockDevice, in DeviceGeometry geometry)
    {
        Id = record.Id;
        Tag = record.Tag;
        DevicePath = devicePath;
        Descriptor = descriptor;
        IsOnBlockDevice = isOnBlockDevice;
        _starts = new long[record.Extents.Count];
        _places = new long[record.Extents.Count];
        for (int i = 0; i < _starts.Length; i++)
        {
            _starts[i] = LengthBytes;
            _places[i] = geometry.OffsetOf(record.Extents[i].Cluster);
            LengthBytes += record.Extents[i].Clusters * geometry.ClusterBytes;
        }
    }

    /// <summary>Identity, drawn when it was made.</summary>
    public Guid Id { get; }

    /// <summary>Whose it is.</summary>
    public BlobTag Tag { get; }

    /// <summary>The device as it was opened.</summary>
    public string DevicePath { get; }

    /// <summary>How much it holds, in whole clusters.</summary>
    public long LengthBytes { get; }

    /// <summary>Rows of clusters that it lies in.</summary>
    public int ExtentCount => _starts.Length;

    /// <summary>True when its device is one of the kernel's, false for a file that is used whole.</summary>
    public bool IsOnBlockDevice { get; }

    internal int Descriptor { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{DevicePath} ({Tag})";

    /// <summary>Where a place of the blob lies on the device, and how much from there lies in a row; 0 behind the end.</summary>
    internal long Locate(long offsetBytes, long lengthBytes, out long hereBytes)
    {
        // Most blobs are one row.
        int index = _starts.Length == 1 ? 0 : Array.BinarySearch(_starts, offsetBytes);
        index = index < 0 ? ~index - 1 : index;
        long end = index + 1 < _starts.Length ? _starts[index + 1] : LengthBytes;
        hereBytes = Math.Clamp(end - offsetBytes, 0, lengthBytes);
        return _places[index] + (offsetBytes - _starts[index]);
    }
}
