using System.Collections.Immutable;

namespace Daos.Fabric.Transport.SharedMemory.Bulk;

/// <summary>
/// Which of our regions the peer has mapped, newest last. Bounded: another one takes the place of the one used longest ago. Owned by one
/// owner thread.
/// </summary>
internal sealed unsafe class OfferedRegions
{
    private readonly List<Offer> _offers = new(Limits.RegionsPerConnection);
    private uint _lastNumber;

    /// <summary>The number under which the peer knows a region; 0 when it was not sent.</summary>
    internal uint Find(ShareableRegion region)
    {
        for (int i = _offers.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_offers[i].Region, region))
            {
                Offer offer = _offers[i];
                if (i != _offers.Count - 1)
                {
                    _offers.RemoveAt(i);
                    _offers.Add(offer);
                }

                return offer.Number;
            }
        }

        return 0;
    }

    /// <summary>Notes a region that is being sent; its number.</summary>
    internal uint Add(ShareableRegion region)
    {
        _offers.Add(new Offer(region, ++_lastNumber));
        return _lastNumber;
    }

    /// <summary>Forgets the newest: it could not be sent.</summary>
    internal void RemoveLast() => _offers.RemoveAt(_offers.Count - 1);

    /// <summary>
    /// A region to give up: one that is shared no more, or the one used longest ago when there is no room for another. Its number; 0 when
    /// none has to go.
    /// </summary>
    internal uint TakeDropped(ImmutableArray<ShareableRegion> shared, Func<ShareableRegion, bool> isInUse)
    {
        for (int i = 0; i < _offers.Count; i++)
        {
            Offer offer = _offers[i];
            bool isStale = !shared.Contains(offer.Region);
            if ((isStale || _offers.Count == Limits.RegionsPerConnection) && !isInUse(offer.Region))
            {
                _offers.RemoveAt(i);
                return offer.Number;
            }
        }

        return 0;
    }

    /// <summary>True when another one may be sent.</summary>
    internal bool HasRoom => _offers.Count < Limits.RegionsPerConnection;

    private readonly record struct Offer(ShareableRegion Region, uint Number);
}
