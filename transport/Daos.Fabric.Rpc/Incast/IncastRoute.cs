namespace Daos.Fabric.Rpc.Incast;

/// <summary>Where a request stands in the tree of its key. Immutable.</summary>
/// <param name="Class">The callbacks.</param>
/// <param name="Next">Whom to hand it on to; <see cref="Rank.None"/> at the root.</param>
internal readonly record struct IncastRoute(IIncastClass Class, Rank Next)
{
    internal bool IsRoot => Next == Rank.None;

    internal IncastFlags Flags => IsRoot ? IncastFlags.Root : IncastFlags.None;
}
