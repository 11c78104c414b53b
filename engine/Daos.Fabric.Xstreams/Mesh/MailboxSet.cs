namespace Daos.Fabric.Xstreams.Mesh;

/// <summary>
/// One xstream's end of the mesh: a ring from and a ring to every other xstream, and the calls that wait because too many are under way
/// to the same peer. Owned by that xstream; the rings are the only thing that two threads touch.
/// </summary>
internal sealed class MailboxSet
{
    private readonly Xstream _xstream;
    private readonly SpscRing<CrossCall>[] _incoming;
    private readonly Outgoing[] _outgoing;

    internal MailboxSet(int index, Xstream[] xstreams, SpscRing<CrossCall>[,] rings)
    {
        Index = index;
        _xstream = xstreams[index];
        _incoming = new SpscRing<CrossCall>[xstreams.Length];
        _outgoing = new Outgoing[xstreams.Length];
        for (int peer = 0; peer < xstreams.Length; peer++)
        {
            _incoming[peer] = rings[peer, index];
            _outgoing[peer] = new Outgoing(xstreams[peer], rings[index, peer]);
        }
    }

    internal int Index { get; }

    internal bool HasMail
    {
        get
        {
            foreach (SpscRing<CrossCall> ring in _incoming)
            {
                if (!ring.IsEmpty)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Sends a call, or keeps it until fewer are under way to that peer.</summary>
    internal void Send(CrossCall call, int peer)
    {
        Outgoing outgoing = _outgoing[peer];
        if (outgoing.UnderWay == Limits.CallsPerPair)
        {
            outgoing.Held.Enqueue(call);
            return;
        }

        outgoing.UnderWay++;
        Put(outgoing, call);
    }

    /// <summary>Sends a call that was served here back to its home. There is always room: see <see cref="Limits.MailboxSlots"/>.</summary>
    internal void SendBack(CrossCall call, int home) => Put(_outgoing[home], call);

    /// <summary>Takes what arrived: calls to serve become ready ULTs, calls that came back complete.</summary>
    internal int Drain()
    {
        int count = 0;
        for (int peer = 0; peer < _incoming.Length; peer++)
        {
            // Bounded by the ring: a peer that keeps filling it is served in the next turn again.
            for (int i = 0; i < Limits.MailboxSlots && _incoming[peer].TryDequeue(out CrossCall? call); i++)
            {
                count++;
                if (call.ComesHome(_xstream))
                {
                    Settle(peer, call);
                }
                else
                {
                    call.Arrive(_xstream);
                }
            }
        }

        return count;
    }

    private static void Put(Outgoing outgoing, CrossCall call)
    {
        Invariant.Check(outgoing.Ring.TryEnqueue(call));
        outgoing.Peer.WakeIfSleeping();
    }

    private void Settle(int peer, CrossCall call)
    {
        Outgoing outgoing = _outgoing[peer];
        outgoing.UnderWay--;
        if (outgoing.Held.TryDequeue(out CrossCall? next))
        {
            outgoing.UnderWay++;
            Put(outgoing, next);
        }

        call.Settle();
    }

    private sealed class Outgoing(Xstream peer, SpscRing<CrossCall> ring)
    {
        // Bounded by the ULTs of this xstream, each of which waits for at most its own calls.
        public readonly Queue<CrossCall> Held = new(Limits.HeldFirst);
        public readonly SpscRing<CrossCall> Ring = ring;
        public readonly Xstream Peer = peer;
        public int UnderWay;
    }
}
