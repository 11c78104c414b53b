namespace Daos.Fabric.Store.Listing;

/// <summary>What an iteration gives (VOS_IT_*, with its bits).</summary>
[Flags]
public enum IterationFilter : ushort
{
    /// <summary>Extents as they lie in the index, in no order that means anything; every version; what exists of objects and keys.</summary>
    All = 0,

    /// <summary>What shows at the upper epoch: extents sorted and cut to what shows of them, of a single value one version.</summary>
    Visible = 1 << 0,

    /// <summary>Sorted extents with what newer ones or punches cover as well.</summary>
    Covered = (1 << 1) | Visible,

    /// <summary>Sorted extents without punched ranges.</summary>
    SkipHoles = 1 << 2,

    /// <summary>From the last to the first: objects, keys, sorted extents.</summary>
    Reverse = 1 << 3,

    /// <summary>Also objects and keys that were punched inside the epochs, and what lies below punched ones.</summary>
    Punched = 1 << 6,
}
