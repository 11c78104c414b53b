namespace Daos.Fabric.Metadata;

/// <summary>What became of a transaction; part of markers in the store.</summary>
public enum MetadataBranch : byte
{
    /// <summary>The conditions held.</summary>
    Then = 1,

    /// <summary>One did not hold.</summary>
    Else = 2,

    /// <summary>Its guard was not as it should be: nothing was looked at. Sessions keep this to themselves.</summary>
    Guarded = 3,
}
