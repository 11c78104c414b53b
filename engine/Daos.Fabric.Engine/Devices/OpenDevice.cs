using Daos.Fabric.Store.Devices;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Engine.Devices;

/// <summary>A shared device that is open, and what its own tables met of it. Owned by the system xstream.</summary>
/// <param name="Device">The table of blobs.</param>
/// <param name="Health">Of reads and writes of the table.</param>
/// <param name="Report">The newest failure in words.</param>
internal sealed record OpenDevice(BlobDevice Device, DeviceHealth Health, StoreReport Report);
