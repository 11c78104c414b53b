namespace Daos.Fabric.Store.Media;

/// <summary>What a store takes and may not get.</summary>
internal enum AllocationKind
{
    /// <summary>A block of the arena for a record, in a transaction.</summary>
    Record,

    /// <summary>Blocks of the data file for a value.</summary>
    Blocks,

    /// <summary>Addresses or memory of the system for the arena.</summary>
    Memory,
}
