namespace Daos.Fabric.Store.Trees;

/// <summary>An object in the index of its container, in hash order of its id.</summary>
internal readonly unsafe struct ObjectKey(ObjectId id) : ITreeKey
{
    /// <inheritdoc/>
    public ulong Prefix { get; } = KeyHash.Compute(id.Low, id.High);

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record) => id.CompareTo(arena.At<ObjectDf>(record)->Id);

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record)
    {
        var found = arena.At<ObjectDf>(record);
        return KeyHash.Compute(found->IdLow, found->IdHigh);
    }
}
