namespace Daos.Fabric.Rpc.Groups;

/// <summary>What a modification does with the members that it names (CART: crt_group_mod_op_t).</summary>
public enum GroupChange
{
    /// <summary>They join; one that is there already gets the address and incarnation given.</summary>
    Add,

    /// <summary>They leave; one that is not there is passed over.</summary>
    Remove,

    /// <summary>They are the group from now on.</summary>
    Replace,
}
