using Daos.Fabric.Core.Faults;

namespace Daos.Fabric.Store.Media;

/// <summary>Lets tests refuse an allocation; folded away where faults are off.</summary>
internal static class AllocationProbe
{
    /// <summary>True when the allocation is to fail as if there were nothing left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Refuses(Func<AllocationKind, bool>? probe, AllocationKind kind) =>
        FaultRegistry.Enabled && probe is not null && probe(kind);
}
