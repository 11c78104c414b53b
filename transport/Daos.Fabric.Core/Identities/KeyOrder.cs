namespace Daos.Fabric.Core.Identities;

/// <summary>How the keys of one level are ordered.</summary>
public enum KeyOrder : byte
{
    /// <summary>By a hash of the key: listing order looks random.</summary>
    Hashed,

    /// <summary>As unsigned 64-bit integers, little-endian, eight bytes each.</summary>
    Integer,

    /// <summary>By bytes.</summary>
    Lexical,
}
