using Daos.Fabric.Rpc.Wire;

namespace Daos.Fabric.Rpc;

/// <content>What the providers tell: connections and messages. Every message is checked here before anything is reserved for it.</content>
public sealed unsafe partial class RpcContext
{
    void ITransportHandler.OnAccepted(TransportConnection connection)
    {
        Statistics.ConnectionsAccepted++;
        connection.Tag = new RpcSession(connection, link: null);
    }

    void ITransportHandler.OnMessage(TransportConnection connection, in InboundMessage message)
    {
        // A server that speaks before it was asked finds no session yet.
        if (connection.Tag is not RpcSession session || message.LengthBytes < RpcHeaderWire.SizeBytes)
        {
            CloseMalformed(connection);
            return;
        }

        ref readonly RpcHeaderWire header = ref *(RpcHeaderWire*)message.Address;
        if (!header.IsWellFormed(message.LengthBytes) || !PlaceWire.TryRead(header, message.Address, out PlaceWire place))
        {
            CloseMalformed(connection);
            return;
        }

        bool isReply = (header.Flags & (ushort)RpcFlags.Reply) != 0;
        if (isReply != session.Link is not null)
        {
            CloseMalformed(connection);
            return;
        }

        if (isReply)
        {
            OnReply(session, header, place, message);
        }
        else
        {
            Dispatcher.OnRequest(session, header, place.QueueTicket, message);
        }
    }

    void ITransportHandler.OnWritable(TransportConnection connection)
    {
        if (connection.Tag is RpcSession { Link: { } link })
        {
            link.PumpAll();
        }
    }

    void ITransportHandler.OnClosed(TransportConnection connection, DerCode reason)
    {
        if (connection.Tag is not RpcSession session)
        {
            return;
        }

        connection.Tag = null;
        session.CancelAll();
        _selfTest?.Reap(session);
        if (session.Introduction != Guid.Empty && session.Link is null)
        {
            Introduced.Remove(session.Introduction);
        }

        if (session.Link is { } link)
        {
            Calls.FailSent(session, DerCode.Unreachable);
            link.Closed();
        }
    }

    /// <summary>A peer that breaks the protocol is not talked to any more.</summary>
    internal void CloseMalformed(TransportConnection connection)
    {
        Statistics.MalformedMessages++;
        connection.Close(DerCode.Protocol);
    }

    private void OnReply(RpcSession session, in RpcHeaderWire header, in PlaceWire place, in InboundMessage message)
    {
        RpcCall? call = Calls.Find(header.RpcId);
        if (call is null || !ReferenceEquals(call.Session, session))
        {
            // Late after a deadline or a cancel, or a replay: the slot has moved on.
            Statistics.StaleReplies++;
            return;
        }

        if (header.Opcode != call.Opcode.Value)
        {
            CloseMalformed(session.Connection);
            return;
        }

        // A clock that runs ahead is the engine's matter; a client's answer does not depend on it.
        Hear(header.Hlc);
        call.Replied(header, place, message);
    }
}
