namespace Daos.Fabric.Rpc.Incast;

/// <summary>Properties of a class of variables (CART: CRT_IV_CLASS_...).</summary>
[Flags]
public enum IncastFeatures
{
    /// <summary>Of lazy updates to one key only the newest need arrive.</summary>
    None = 0,

    /// <summary>Every lazy update arrives, in the order in which the root took them (UPDATE_IN_ORDER).</summary>
    UpdateInOrder = 1,

    /// <summary>What is kept is thrown away when the group changes, and with it the tree (DISCARD_CACHE).</summary>
    DiscardCache = 2,
}
