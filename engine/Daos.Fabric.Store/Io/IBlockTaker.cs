namespace Daos.Fabric.Store.Io;

/// <summary>Whoever waits for blocks of the data space, and knows how many and of which kind. Owned by one xstream.</summary>
internal interface IBlockTaker
{
    /// <summary>Takes the blocks if they are there now.</summary>
    bool TryTake();
}
