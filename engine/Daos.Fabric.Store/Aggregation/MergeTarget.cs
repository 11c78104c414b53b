using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store.Aggregation;

/// <summary>The array of a merge; the keys are the merger's own copies.</summary>
internal readonly struct MergeTarget
{
    /// <summary>The container.</summary>
    public ContainerId Container { get; init; }

    /// <summary>The object.</summary>
    public ObjectId Object { get; init; }

    /// <summary>The dkey.</summary>
    public KeyBytes Dkey { get; init; }

    /// <summary>The akey.</summary>
    public KeyBytes Akey { get; init; }
}
