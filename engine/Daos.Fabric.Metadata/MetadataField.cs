namespace Daos.Fabric.Metadata;

/// <summary>What of a key a condition compares.</summary>
public enum MetadataField : byte
{
    /// <summary>The revision that wrote it last.</summary>
    ModRevision,

    /// <summary>The revision that made it.</summary>
    CreateRevision,

    /// <summary>How often it was written.</summary>
    Version,

    /// <summary>Its value, in byte order.</summary>
    Value,
}
