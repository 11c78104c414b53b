using Daos.Fabric.Mgmt.Storage;

namespace Daos.Fabric.Mgmt.Engines;

/// <summary>The system that engines belong to: gives ranks and takes engines in. Any thread.</summary>
internal interface IMembership
{
    /// <summary>The rank that an engine is started with.</summary>
    ValueTask<uint> RankOfAsync(int index, Superblock superblock, CancellationToken cancellation);

    /// <summary>An engine serves: when this ends it belongs to the system.</summary>
    ValueTask JoinAsync(EngineSnapshot engine, CancellationToken cancellation);
}
