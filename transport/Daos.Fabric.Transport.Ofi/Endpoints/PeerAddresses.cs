using Daos.Fabric.Transport.Ofi.Native;

namespace Daos.Fabric.Transport.Ofi.Endpoints;

/// <summary>
/// The address vector of an endpoint: an address stays in it as long as a connection uses it. Owned by its endpoint's owner thread.
/// </summary>
/// <param name="objects">The endpoint's objects.</param>
/// <param name="peersMax">Addresses at most: shm has a table of fixed size and writes beyond it.</param>
internal sealed unsafe class PeerAddresses(FabricObjects objects, int peersMax)
{
    private readonly Dictionary<ulong, int> _uses = [];
    private readonly Queue<(ulong Peer, long DuePolls)> _departed = new();

    /// <summary>Makes a peer's address known; false when the provider refuses it.</summary>
    internal bool TryAdd(ReadOnlySpan<byte> address, out ulong peer)
    {
        peer = FiDomain.FI_ADDR_NOTAVAIL;
        if (_uses.Count >= peersMax)
        {
            return false;
        }

        ulong added = FiDomain.FI_ADDR_NOTAVAIL;
        fixed (byte* bytes = address)
        {
            int count = objects.Addresses->ops->insert(objects.Addresses, bytes, 1, &added, 0, null);
            peer = added;
            if (count != 1 || added == FiDomain.FI_ADDR_NOTAVAIL)
            {
                return false;
            }
        }

        _uses[peer] = _uses.GetValueOrDefault(peer) + 1;
        return true;
    }

    /// <summary>
    /// A connection does not use the address any more. It is forgotten some polls later: shm looks up a peer again by its place in the
    /// vector when it processes what that peer had sent before it ended.
    /// </summary>
    internal void Release(ulong peer, long polls) => _departed.Enqueue((peer, polls + Limits.PollsBeforeForgetting));

    /// <summary>Forgets addresses whose time has come.</summary>
    internal void ForgetDeparted(long polls)
    {
        while (_departed.TryPeek(out (ulong Peer, long DuePolls) departed) && departed.DuePolls <= polls)
        {
            _ = _departed.Dequeue();
            ulong peer = departed.Peer;
            if (--_uses[peer] == 0)
            {
                _ = _uses.Remove(peer);
                _ = objects.Addresses->ops->remove(objects.Addresses, &peer, 1, 0);
            }
        }
    }
}
