namespace Daos.Fabric.Store.Trees;

/// <summary>Where the bytes of a value lie. On media.</summary>
internal enum ValueMedia : byte
{
    /// <summary>There are none: a punched range of an array.</summary>
    Hole = 0,

    /// <summary>Behind the record in the arena.</summary>
    Arena = 1,

    /// <summary>In a data extent.</summary>
    Data = 2,
}
