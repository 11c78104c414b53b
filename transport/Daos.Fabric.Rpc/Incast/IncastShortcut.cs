namespace Daos.Fabric.Rpc.Incast;

/// <summary>Which way a request takes (CART: crt_iv_shortcut_t).</summary>
public enum IncastShortcut : byte
{
    /// <summary>From parent to parent, so that everybody on the way may answer and keep.</summary>
    None = 0,

    /// <summary>To the root at once.</summary>
    ToRoot = 1,
}
