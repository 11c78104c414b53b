namespace Daos.Fabric.Rpc.Collectives;

/// <summary>Shapes of a tree over a group (CART: crt_tree_type). The numbers travel.</summary>
public enum TreeKind : ushort
{
    /// <summary>The root has everybody as its child.</summary>
    Flat = 1,

    /// <summary>Every rank has up to so many children as the ratio says.</summary>
    Kary = 2,

    /// <summary>Ranks that were reached early get more children: the fewest rounds when each sends one message at a time.</summary>
    Knomial = 3,
}
