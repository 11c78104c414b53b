namespace Daos.Fabric.Metadata;

/// <summary>How a condition compares: what is stored stands left.</summary>
public enum MetadataRelation : byte
{
    /// <summary>Both are the same.</summary>
    Equal,

    /// <summary>They differ.</summary>
    NotEqual,

    /// <summary>What is stored is less.</summary>
    Less,

    /// <summary>What is stored is more.</summary>
    Greater,
}
