namespace Daos.Fabric.Transport.Sockets;

/// <summary>Revoking registered memory: whoever asks is told when the reactor cannot touch it any more.</summary>
internal sealed unsafe partial class SocketConnection
{
    private readonly List<RevokeWaiter> _waiters = [];

    /// <summary>Revokes a registration (<see cref="TransportContext.Deregister"/>).</summary>
    internal bool Deregister(ulong key, WorkItem? whenSafe)
    {
        _registrations.Remove(key);
        bool waitsForSend = RevokeServed(key);
        bool waitsForReceive = RevokeWritten(key);
        if (!waitsForSend && !waitsForReceive)
        {
            return true;
        }

        _waiters.Add(new RevokeWaiter { Item = whenSafe, Send = waitsForSend, Receive = waitsForReceive });
        return false;
    }

    // True when the kernel reads the memory now.
    private bool RevokeServed(ulong key)
    {
        bool waits = false;
        for (int i = _serving.Count - 1; i >= 0; i--)
        {
            BulkSource source = _serving[i];
            if (source.Key != key)
            {
                continue;
            }

            if (source.PiecesUnderWay > 0 && _send.IsActive && _record is null)
            {
                waits = true;
                source.IsRevoked = true;
                _writer.Unlink(source);
                continue;
            }

            RevokeNow(source);
        }

        if (waits)
        {
            _reactor.Cancel(_send);
        }

        return waits;
    }

    private void RevokeNow(BulkSource source)
    {
        uint transfer = source.Transfer;
        _writer.Revoke(source);
        EndServing(source);
        if (IsOpen)
        {
            SendTransferEnd(transfer, DerCode.NoPerm);
        }
    }

    // True when the kernel writes into the memory now.
    private bool RevokeWritten(ulong key)
    {
        if (!_reader.IsInData || _writeKey != key)
        {
            return false;
        }

        if (_receive.IsActive && _reader.IsReceivingDirectly)
        {
            _reactor.Cancel(_receive);
            return true;
        }

        _reader.RevokeDestination();
        return false;
    }

    private void SettleSendWaiters()
    {
        if (_waiters.Count == 0)
        {
            return;
        }

        for (int i = _serving.Count - 1; i >= 0; i--)
        {
            if (i < _serving.Count && _serving[i].IsRevoked)
            {
                RevokeNow(_serving[i]);
            }
        }

        Settle(send: true);
    }

    private void SettleReceiveWaiters()
    {
        if (_waiters.Count > 0)
        {
            if (_waiters.Exists(static w => w.Receive) && _reader.IsInData)
            {
                _reader.RevokeDestination();
            }

            Settle(send: false);
        }
    }

    private void Settle(bool send)
    {
        for (int i = _waiters.Count - 1; i >= 0; i--)
        {
            RevokeWaiter waiter = _waiters[i];
            waiter.Send &= !send;
            waiter.Receive &= send;
            _waiters[i] = waiter;
            if (!waiter.Send && !waiter.Receive)
            {
                _waiters.RemoveAt(i);
                if (waiter.Item is not null)
                {
                    _context.Loop.Schedule(waiter.Item);
                }
            }
        }
    }

    private struct RevokeWaiter
    {
        public WorkItem? Item;
        public bool Send;
        public bool Receive;
    }
}
