namespace Daos.Fabric.Rpc.Groups;

/// <summary>Who says so (CART: crt_event_source).</summary>
public enum MembershipSource
{
    /// <summary>The failure detector: an opinion, which may be taken back.</summary>
    Swim,

    /// <summary>A modification of the primary group: a decision.</summary>
    GroupModification,
}
