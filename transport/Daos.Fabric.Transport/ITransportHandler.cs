namespace Daos.Fabric.Transport;

/// <summary>The layer above a transport context (RPC). Called on the owner thread, inside its turn; must not block.</summary>
public interface ITransportHandler
{
    /// <summary>A peer connected to a listener of ours.</summary>
    void OnAccepted(TransportConnection connection);

    /// <summary>
    /// One whole, checksum-verified message. The bytes are borrowed until the call returns; <see cref="InboundMessage.Retain"/> keeps
    /// them longer.
    /// </summary>
    void OnMessage(TransportConnection connection, in InboundMessage message);

    /// <summary>The outgoing queue has room again after <see cref="TransportConnection.CanSend"/> was false.</summary>
    void OnWritable(TransportConnection connection);

    /// <summary>The connection ended, once; the code says why (DER_UNREACH: peer closed, DER_PROTO: it broke the protocol, …).</summary>
    void OnClosed(TransportConnection connection, DerCode reason);
}
