namespace Daos.Fabric.Store.Devices;

/// <summary>What is on a device. A copy; any thread may keep it.</summary>
/// <param name="Id">Identity.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Roles">What it was formatted to hold.</param>
/// <param name="Version">Of its format.</param>
/// <param name="DeviceBytes">Its size when it was formatted.</param>
/// <param name="ClusterBytes">Unit of room.</param>
/// <param name="TotalBytes">Room for blobs.</param>
/// <param name="FreeBytes">Room that no blob has.</param>
/// <param name="TableSequence">Changes of the table so far.</param>
/// <param name="CreatedUnixNs">When it was formatted, Unix time in ns.</param>
/// <param name="Blobs">In the order of pool, target and role.</param>
public sealed record DeviceDescription(
    Guid Id,
    DeviceOwner Owner,
    BlobRole Roles,
    int Version,
    long DeviceBytes,
    long ClusterBytes,
    long TotalBytes,
    long FreeBytes,
    ulong TableSequence,
    long CreatedUnixNs,
    IReadOnlyList<DeviceBlob> Blobs);
