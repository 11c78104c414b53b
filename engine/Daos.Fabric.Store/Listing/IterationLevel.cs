namespace Daos.Fabric.Store.Listing;

/// <summary>What an iteration walks over (VOS_ITER_*).</summary>
public enum IterationLevel : byte
{
    /// <summary>The objects of a container.</summary>
    Objects,

    /// <summary>The dkeys of an object.</summary>
    Dkeys,

    /// <summary>The akeys of a dkey.</summary>
    Akeys,

    /// <summary>The versions of a single value.</summary>
    Versions,

    /// <summary>The extents of an array.</summary>
    Extents,
}
