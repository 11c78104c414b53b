using Daos.Fabric.Core.Faults;
using Daos.Fabric.Rpc.Services;

namespace Daos.Fabric.Rpc.Requests;

/// <summary>
/// Addresses by rank and tag. A rank's primary address (tag 0) comes from what the process published (<see cref="RpcNode.PublishRank"/>)
/// or from any other rank that is published; the addresses of its other tags come from the rank itself. Owned by the context's loop.
/// </summary>
internal sealed class UriCache(RpcContext context)
{
    private readonly Dictionary<(uint Rank, ushort Tag), TransportUri> _known = [];
    private int _publishedVersion;

    /// <summary>Addresses kept now.</summary>
    internal int Count => _known.Count;

    /// <summary>
    /// The address. DER_NONEXIST when nobody knows the rank or it has no such tag, DER_TIMEDOUT, DER_UNREACH, DER_OOG (no rank is
    /// published to ask).
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerResult<TransportUri>> FindAsync(Rank rank, ushort tag)
    {
        ForgetWhenRepublished();
        if (FaultRegistry.Fires(context.Options.Faults, FaultPoint.RpcAddressUnknown))
        {
            return DerCode.Nonexist;
        }

        if (_known.TryGetValue((rank.Value, tag), out TransportUri? uri))
        {
            context.Statistics.UriCacheHits++;
            return uri;
        }

        DerResult<TransportUri> found = tag == 0 ? await FindPrimaryAsync(rank) : await AskAsync(rank, rank, tag);
        if (found.IsSuccess)
        {
            Keep(rank, tag, found.Value);
        }
        else if (found.Code == DerCode.TimedOut)
        {
            context.Statistics.UriLookupsTimedOut++;
        }

        return found;
    }

    /// <summary>The address did not hold.</summary>
    internal void Forget(Rank rank, ushort tag) => _known.Remove((rank.Value, tag));

    private void Keep(Rank rank, ushort tag, TransportUri uri)
    {
        if (_known.Count >= RpcLimits.UrisCachedMax)
        {
            _known.Clear();
        }

        _known[(rank.Value, tag)] = uri;
    }

    // A rank that came back may listen elsewhere.
    private void ForgetWhenRepublished()
    {
        int version = context.Options.Node?.RanksVersion ?? 0;
        if (version != _publishedVersion)
        {
            _publishedVersion = version;
            _known.Clear();
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerResult<TransportUri>> FindPrimaryAsync(Rank rank)
    {
        RpcNode? node = context.Options.Node;
        if (node?.UriOfRank(rank) is { } published)
        {
            return published;
        }

        // Neighbours first: everybody beginning with the lowest rank would make that one rank the place that all ask.
        DerCode last = DerCode.Oog;
        for (int attempt = 0; attempt < RpcLimits.UriLookupAttemptsMax; attempt++)
        {
            if (node?.RankAfter(rank, attempt) is not { } helper)
            {
                break;
            }

            DerResult<TransportUri> answer = await AskAsync(helper, rank, 0);
            if (answer.IsSuccess)
            {
                return answer;
            }

            last = answer.Code;
        }

        return last;
    }

    private ValueTask<DerResult<TransportUri>> AskAsync(Rank helper, Rank rank, ushort tag)
    {
        context.Statistics.UriLookups++;
        long deadlineNs = context.Loop.NowNs + context.Options.UriLookupTimeoutNs;
        return InternalCalls.LookupUriAsync(context.EndpointOf(helper, 0), rank, tag, deadlineNs);
    }
}
