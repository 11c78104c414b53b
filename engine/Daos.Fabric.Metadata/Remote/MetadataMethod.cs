namespace Daos.Fabric.Metadata.Remote;

/// <summary>What is asked of a store elsewhere; numbers of dRPC's module 64 (transport/Daos.Fabric.Protocol/Drpc).</summary>
public enum MetadataMethod
{
    /// <summary>Reads a page.</summary>
    Read = 6401,

    /// <summary>Carries out a transaction.</summary>
    Commit = 6402,

    /// <summary>Waits for changes.</summary>
    Watch = 6403,

    /// <summary>Grants a lease.</summary>
    Grant = 6404,

    /// <summary>Renews a lease.</summary>
    Renew = 6405,

    /// <summary>Ends a lease.</summary>
    Revoke = 6406,

    /// <summary>Forgets old revisions.</summary>
    Compact = 6407,
}
