namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>
/// The places of requests that were sent away for want of a slot, in the order of their first coming. A place belongs to a connection and
/// is forgotten when its owner does not come back in time. Owned by the context's loop.
/// </summary>
/// <remarks>A ticket is the number of a place; places are a ring, so that finding one and counting those before it is arithmetic.</remarks>
internal sealed class OverloadQueue
{
    private Place[] _places = [];
    private ulong _oldest = 1;
    private ulong _next = 1;

    /// <summary>True while nobody was sent away, or all came back or were forgotten. What ran out of time still counts.</summary>
    internal bool IsEmpty => _oldest == _next;

    /// <summary>Places from the oldest that is kept to the newest.</summary>
    internal int Count => (int)(_next - _oldest);

    /// <summary>How many came before: the owner of a valid ticket has those of older ones before it, everybody else all.</summary>
    internal int Before(RpcSession session, ulong ticket, long nowNs)
    {
        while (_oldest != _next && (PlaceOf(_oldest).Owner is null || PlaceOf(_oldest).ForgetNs <= nowNs))
        {
            PlaceOf(_oldest++).Owner = null;
        }

        return (int)((IsOf(session, ticket) ? ticket : _next) - _oldest);
    }

    /// <summary>Keeps the place of a ticket for longer, or gives a new one at the end; 0 when there are too many.</summary>
    internal ulong Keep(RpcSession session, ulong ticket, long forgetNs)
    {
        if (!IsOf(session, ticket))
        {
            if (_places.Length == 0)
            {
                _places = new Place[RpcLimits.OverloadPlacesMax];
            }

            if (Count == _places.Length)
            {
                return 0;
            }

            ticket = _next++;
            PlaceOf(ticket).Owner = session;
        }

        PlaceOf(ticket).ForgetNs = forgetNs;
        return ticket;
    }

    /// <summary>The owner of the place got in.</summary>
    internal void Leave(RpcSession session, ulong ticket)
    {
        if (IsOf(session, ticket))
        {
            PlaceOf(ticket).Owner = null;
        }
    }

    private bool IsOf(RpcSession session, ulong ticket) =>
        ticket >= _oldest && ticket < _next && ReferenceEquals(PlaceOf(ticket).Owner, session);

    private ref Place PlaceOf(ulong ticket) => ref _places[(int)(ticket % (ulong)_places.Length)];

    private struct Place
    {
        public RpcSession? Owner;
        public long ForgetNs;
    }
}
