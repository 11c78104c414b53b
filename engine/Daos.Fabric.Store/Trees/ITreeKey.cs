namespace Daos.Fabric.Store.Trees;

/// <summary>
/// A key looked for in a tree. Trees store 64 bits of each key beside its record and compare the rest, the tie, in the record itself;
/// the implementations are structs, so that every tree is compiled for its key. Owned by one xstream.
/// </summary>
internal interface ITreeKey
{
    /// <summary>The first 64 bits of the order.</summary>
    ulong Prefix { get; }

    /// <summary>Prefixes of this kind are spread evenly over all numbers, as hashes are.</summary>
    static virtual bool IsEven => false;

    /// <summary>
    /// Compares what the prefix does not say, with a record of the same prefix: below zero when this key is the smaller.
    /// </summary>
    int CompareTie(Arena arena, ulong record);

    /// <summary>The prefix of a stored record, needed when a tree grows out of its one inline record.</summary>
    static abstract ulong PrefixOf(Arena arena, ulong record);
}
