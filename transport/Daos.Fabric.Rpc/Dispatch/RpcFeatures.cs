namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>What an operation of a protocol expects.</summary>
[Flags]
public enum RpcFeatures
{
    /// <summary>An ordinary request.</summary>
    None = 0,

    /// <summary>Never replied to (DAOS: CRT_RPC_FEAT_NO_REPLY); a request without the one-way flag is refused with DER_PROTO.</summary>
    OneWay = 1,

    /// <summary>Changes something: a request without <see cref="ModificationInfo"/> is refused with DER_PROTO.</summary>
    Modification = 2,

    /// <summary>Runs however late it is (DAOS: CRT_RPC_FEAT_NO_TIMEOUT).</summary>
    NoDeadline = 4,

    /// <summary>
    /// A call that must wait for a credit or a quota waits before all others of its endpoint (DAOS: CRT_RPC_FEAT_QUEUE_FRONT). Given by
    /// the caller at admission.
    /// </summary>
    QueueFront = 8,

    /// <summary>Accepted also from a clock that is too far ahead (SWIM: who keeps bad time is not dead); the clock is not taken over.</summary>
    ClockExempt = 16,
}
