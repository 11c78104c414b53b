namespace Daos.Fabric.Rpc;

/// <content>Start-up and shutdown: several threads may open contexts at once.</content>
public sealed partial class RpcNode
{
    private readonly Lock _changes = new();

    /// <summary>Publishes the address of a tag, in place of the one that it had over this kind of wire; start-up only.</summary>
    public void PublishUri(ushort tag, TransportUri uri)
    {
        lock (_changes)
        {
            var uris = new TransportUri[Math.Max(_uris.Length, tag + 1)][];
            for (int i = 0; i < uris.Length; i++)
            {
                uris[i] = i < _uris.Length ? _uris[i] : [];
            }

            int known = Array.FindIndex(uris[tag], u => u.Scheme == uri.Scheme);
            uris[tag] = known < 0 ? [.. uris[tag], uri] : [.. uris[tag].Select((u, i) => i == known ? uri : u)];
            Volatile.Write(ref _uris, uris);
        }
    }

    /// <summary>
    /// Publishes a rank's primary address, in place of the one that it had. Contexts then call the rank there, and other ranks hear it from
    /// this process. Any thread.
    /// </summary>
    public void PublishRank(Rank rank, TransportUri primary) => PublishRanks([new KeyValuePair<Rank, TransportUri>(rank, primary)]);

    /// <summary>Publishes many at once. Nothing happens when all of them have these addresses already. Any thread.</summary>
    public void PublishRanks(IEnumerable<KeyValuePair<Rank, TransportUri>> primaries)
    {
        lock (_changes)
        {
            var known = _ranks.ToDictionary(static r => r.Rank, static r => r.Uri);
            bool changed = false;
            foreach ((Rank rank, TransportUri uri) in primaries)
            {
                changed |= !known.TryGetValue(rank, out TransportUri? before) || before != uri;
                known[rank] = uri;
            }

            if (changed)
            {
                Volatile.Write(ref _ranks, [.. known.Select(static r => new RankAddress(r.Key, r.Value)).OrderBy(static r => r.Rank.Value)]);
                Volatile.Write(ref _ranksVersion, _ranksVersion + 1);
            }
        }
    }

    /// <summary>Forgets a rank's address. Any thread.</summary>
    public void RemoveRank(Rank rank)
    {
        lock (_changes)
        {
            Volatile.Write(ref _ranks, [.. _ranks.Where(r => r.Rank != rank)]);
            Volatile.Write(ref _ranksVersion, _ranksVersion + 1);
        }
    }

    internal void Add(RpcContext context)
    {
        lock (_changes)
        {
            Volatile.Write(ref _contexts, [.. _contexts, context]);
        }
    }

    internal void Remove(RpcContext context)
    {
        lock (_changes)
        {
            Volatile.Write(ref _contexts, [.. _contexts.Where(c => c != context)]);
        }
    }
}
