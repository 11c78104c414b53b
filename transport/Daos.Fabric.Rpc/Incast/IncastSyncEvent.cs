namespace Daos.Fabric.Rpc.Incast;

/// <summary>What the other ranks are given (CART: crt_iv_sync_event_t). The numbers travel.</summary>
public enum IncastSyncEvent : byte
{
    /// <summary>The value.</summary>
    Update = 0,

    /// <summary>Word that their value is old.</summary>
    Notify = 1,
}
