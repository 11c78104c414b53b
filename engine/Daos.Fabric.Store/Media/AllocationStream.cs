namespace Daos.Fabric.Store.Media;

/// <summary>
/// Who takes data blocks: each stream goes on where it last took some, so that what is written together lies together and streams do not
/// mix. VEA's hint contexts; in memory only, since after a start any place is as good.
/// </summary>
internal enum AllocationStream : byte
{
    /// <summary>Updates.</summary>
    Io = 0,

    /// <summary>Aggregation, which writes long extents that stay.</summary>
    Aggregation = 1,
}
