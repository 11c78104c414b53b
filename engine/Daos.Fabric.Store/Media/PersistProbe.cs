using Daos.Fabric.Core.Faults;

namespace Daos.Fabric.Store.Media;

/// <summary>Tells a test that a <see cref="PersistPoint"/> was reached. The JIT removes it where faults are off. Pure.</summary>
internal static class PersistProbe
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Reach(Action<PersistPoint>? probe, PersistPoint point)
    {
        if (FaultRegistry.Enabled && probe is not null)
        {
            probe(point);
        }
    }
}
