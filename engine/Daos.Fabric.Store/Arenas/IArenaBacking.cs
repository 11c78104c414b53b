namespace Daos.Fabric.Store.Arenas;

/// <summary>Whoever promises that a checkpoint of a grown arena will find room. Owned by the arena's owner thread.</summary>
internal interface IArenaBacking
{
    /// <summary>True when an arena of this size can always be checkpointed; false when the media has no room.</summary>
    bool TryBack(ulong arenaBytes);
}
