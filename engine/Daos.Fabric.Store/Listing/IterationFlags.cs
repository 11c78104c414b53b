namespace Daos.Fabric.Store.Listing;

/// <summary>What an entry of an iteration is.</summary>
[Flags]
public enum IterationFlags : byte
{
    /// <summary>Not known: an extent in the order of the index.</summary>
    None = 0,

    /// <summary>It shows at the upper epoch.</summary>
    Visible = 1 << 0,

    /// <summary>Something newer or a punch covers it.</summary>
    Covered = 1 << 1,

    /// <summary>An object or key that is punched at the upper epoch.</summary>
    Punched = 1 << 2,

    /// <summary>A punched range.</summary>
    Hole = 1 << 3,

    /// <summary>A part of the extent that is in the index.</summary>
    Partial = 1 << 4,
}
