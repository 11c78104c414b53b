namespace Daos.Fabric.Store.Trees;

/// <summary>A dkey or akey of eight bytes, ordered as an unsigned little-endian number.</summary>
internal readonly struct IntegerKey(ulong value) : ITreeKey
{
    /// <inheritdoc/>
    public ulong Prefix => value;

    /// <inheritdoc/>
    public int CompareTie(Arena arena, ulong record) => 0;

    /// <inheritdoc/>
    public static ulong PrefixOf(Arena arena, ulong record) => MemoryMarshal.Read<ulong>(KeyRecordDf.Key(arena, record));
}
