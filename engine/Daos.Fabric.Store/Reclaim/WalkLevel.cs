namespace Daos.Fabric.Store.Reclaim;

/// <summary>What a walk has just gone through with everything below it.</summary>
internal enum WalkLevel
{
    /// <summary>An akey.</summary>
    Akey,

    /// <summary>A dkey.</summary>
    Dkey,

    /// <summary>An object.</summary>
    Object,
}
