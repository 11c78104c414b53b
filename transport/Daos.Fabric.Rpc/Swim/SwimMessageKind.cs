namespace Daos.Fabric.Rpc.Swim;

/// <summary>The three messages. The numbers are the indices of the operations in the SWIM protocol.</summary>
public enum SwimMessageKind : byte
{
    /// <summary>Are you there?</summary>
    Ping = 0,

    /// <summary>Please ping the target for me.</summary>
    PingRequest = 1,

    /// <summary>The target is there: the sender itself, or the member that the sender was asked to ping.</summary>
    Ack = 2,
}
