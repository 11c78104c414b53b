namespace Daos.Fabric.Store.Timestamps;

/// <summary>The reads of one entity (struct vos_ts_entry). A value.</summary>
internal struct ReadEntry
{
    /// <summary>Which entity; 0 for a free place.</summary>
    public ulong Entity;

    /// <summary>All of the subtree was read.</summary>
    public ReadStamp Low;

    /// <summary>At least something in the subtree was read.</summary>
    public ReadStamp High;
}
