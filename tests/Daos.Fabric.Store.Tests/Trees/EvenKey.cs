using Daos.Fabric.Store.Arenas;
using Daos.Fabric.Store.Trees;

namespace Daos.Fabric.Store.Tests.Trees;

/// <summary>A key of any kind that says its prefixes are spread evenly, which they need not be.</summary>
internal readonly struct EvenKey<TKey>(TKey key) : ITreeKey
    where TKey : struct, ITreeKey
{
    public static bool IsEven => true;

    public ulong Prefix => key.Prefix;

    public int CompareTie(Arena arena, ulong record) => key.CompareTie(arena, record);

    public static ulong PrefixOf(Arena arena, ulong record) => TKey.PrefixOf(arena, record);
}
