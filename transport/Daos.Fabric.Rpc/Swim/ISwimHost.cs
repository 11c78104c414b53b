namespace Daos.Fabric.Rpc.Swim;

/// <summary>What <see cref="SwimProtocol"/> needs from the world around it. Called on the protocol's thread, from inside its methods.</summary>
public interface ISwimHost
{
    /// <summary>
    /// Sends a message, at once or soon; it may be lost. When the room for it is there the host fills in the updates with
    /// <see cref="SwimProtocol.Collect"/>.
    /// </summary>
    void Send(Rank to, in SwimMessage message);

    /// <summary>A new incarnation of this member, above every earlier one and above the given one, which somebody suspects.</summary>
    ulong NewIncarnation(ulong above);

    /// <summary>A member's status changed. Must not call back into the protocol.</summary>
    void StatusChanged(in SwimUpdate now, SwimStatus before);
}
