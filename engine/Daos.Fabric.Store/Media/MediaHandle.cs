using Daos.Fabric.Store.Devices;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// An open file or device of which a role uses everything, or a blob of a device that several roles share: says where on the descriptor each
/// byte of the role lies. Owned by one owner thread; a blob that grew is adopted there.
/// </summary>
internal sealed class MediaHandle
{
    /// <summary>Everything.</summary>
    /// <param name="descriptor">Open; closed by whoever opened it.</param>
    internal MediaHandle(int descriptor) => Descriptor = descriptor;

    /// <summary>A part.</summary>
    /// <param name="blob">Its device stays open as long as this is used.</param>
    internal MediaHandle(DeviceBlob blob)
        : this(blob.Descriptor) => Blob = blob;

    /// <summary>What the reactor is given.</summary>
    internal int Descriptor { get; }

    /// <summary>The part, or null for everything.</summary>
    internal DeviceBlob? Blob { get; private set; }

    /// <summary>The same blob, grown.</summary>
    internal void Adopt(DeviceBlob blob)
    {
        Invariant.Check(Blob is not null && Blob.Id == blob.Id && Blob.Descriptor == blob.Descriptor);
        Blob = blob;
    }

    /// <summary>Where a place of the role lies on the descriptor.</summary>
    /// <param name="offsetBytes">From the beginning of the role.</param>
    /// <param name="lengthBytes">How much is wanted.</param>
    /// <param name="hereBytes">How much of it lies in a row there; 0 behind the end of a blob.</param>
    internal long Locate(long offsetBytes, long lengthBytes, out long hereBytes)
    {
        if (Blob is { } blob)
        {
            return blob.Locate(offsetBytes, lengthBytes, out hereBytes);
        }

        hereBytes = lengthBytes;
        return offsetBytes;
    }
}
