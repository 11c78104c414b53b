namespace Daos.Fabric.Rpc.Incast;

/// <summary>What a callback is told (CART: crt_iv_flag_t).</summary>
[Flags]
public enum IncastFlags
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>This rank is the variable's root: there is nobody to forward to.</summary>
    Root = 1,

    /// <summary>Asked again after another fetch of the same key came back: the value is probably there now.</summary>
    PendingFetch = 2,
}
