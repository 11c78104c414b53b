using Daos.Fabric.Core.Faults;

namespace Daos.Fabric.Store.Devices;

/// <summary>Tells a test that a <see cref="DevicePersistPoint"/> was reached. The JIT removes it where faults are off. Pure.</summary>
internal static class DeviceProbe
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Reach(Action<DevicePersistPoint>? probe, DevicePersistPoint point)
    {
        if (FaultRegistry.Enabled && probe is not null)
        {
            probe(point);
        }
    }
}
