namespace Daos.Fabric.Rpc.Incast;

/// <summary>When the other ranks learn of an update (CART: crt_iv_sync_mode_t). The numbers travel.</summary>
public enum IncastSyncMode : byte
{
    /// <summary>They do not.</summary>
    None = 0,

    /// <summary>Before the update completes.</summary>
    Eager = 1,

    /// <summary>Soon after the update completed.</summary>
    Lazy = 2,
}
