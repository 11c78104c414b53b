namespace Daos.Fabric.Rpc.Groups;

/// <summary>What happened to a rank (CART: crt_event_type).</summary>
public enum MembershipKind
{
    /// <summary>It answers (again), or joined.</summary>
    Alive,

    /// <summary>It is held dead, or left; about this very rank: it was excluded.</summary>
    Dead,

    /// <summary>Events were dropped because the subscriber was too slow: look at the group again.</summary>
    Missed,
}
