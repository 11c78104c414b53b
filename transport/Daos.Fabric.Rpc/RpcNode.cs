namespace Daos.Fabric.Rpc;

/// <summary>
/// What the contexts of one engine (or of one client process) share: its rank, the addresses of its tags, and the list of its contexts.
/// Filled at start-up, then read by any thread.
/// </summary>
public sealed partial class RpcNode
{
    private RpcContext[] _contexts = [];
    private TransportUri[][] _uris = [];
    private RankAddress[] _ranks = [];
    private int _ranksVersion;
    private uint _rank;
    private bool _isOpen;

    /// <param name="rank">This engine's rank; <see cref="Rank.None"/> for a client, and for an engine that is told later.</param>
    /// <param name="isOpen">False for an engine that answers nothing but internal requests until <see cref="Open"/>.</param>
    public RpcNode(Rank rank, bool isOpen = true)
    {
        _rank = rank.Value;
        _isOpen = isOpen;
    }

    /// <summary>This engine's rank; <see cref="Rank.None"/> for a client, and for an engine that was not told yet.</summary>
    public Rank Rank => new(Volatile.Read(ref _rank));

    /// <summary>False while requests of modules are refused with DER_UNINIT.</summary>
    public bool IsOpen => Volatile.Read(ref _isOpen);

    /// <summary>Gives an engine its rank, once: DER_ALREADY when it has another one. Any thread.</summary>
    public DerCode AssignRank(Rank rank)
    {
        uint before = Interlocked.CompareExchange(ref _rank, rank.Value, Rank.None.Value);
        return before == Rank.None.Value || before == rank.Value ? DerCode.Success : DerCode.Already;
    }

    /// <summary>Requests of all modules are answered from now on. Any thread.</summary>
    public void Open() => Volatile.Write(ref _isOpen, true);

    /// <summary>The contexts opened so far, in the order of their opening.</summary>
    public ReadOnlySpan<RpcContext> Contexts => Volatile.Read(ref _contexts);

    /// <summary>The address of a tag (URI_LOOKUP answers it) over a kind of wire, else the first one published; null for none.</summary>
    public TransportUri? UriOf(ushort tag, string? scheme = null)
    {
        TransportUri[][] uris = Volatile.Read(ref _uris);
        if (tag >= uris.Length || uris[tag].Length == 0)
        {
            return null;
        }

        foreach (TransportUri uri in uris[tag])
        {
            if (uri.Scheme == scheme)
            {
                return uri;
            }
        }

        return uris[tag][0];
    }

    /// <summary>How often a rank was published or removed.</summary>
    public int RanksVersion => Volatile.Read(ref _ranksVersion);

    /// <summary>A rank's primary address (tag 0), or null.</summary>
    public TransportUri? UriOfRank(Rank rank)
    {
        foreach (RankAddress known in Volatile.Read(ref _ranks))
        {
            if (known.Rank == rank)
            {
                return known.Uri;
            }
        }

        return rank == Rank && rank != Rank.None ? UriOf(0) : null;
    }

    /// <summary>The published rank at a distance behind another one in the order of ranks, in a circle; null when it went round.</summary>
    internal Rank? RankAfter(Rank rank, int distance)
    {
        RankAddress[] ranks = Volatile.Read(ref _ranks);
        if (distance >= ranks.Length)
        {
            return null;
        }

        int first = 0;
        while (first < ranks.Length && ranks[first].Rank.Value <= rank.Value)
        {
            first++;
        }

        return ranks[(first + distance) % ranks.Length].Rank;
    }

    private readonly record struct RankAddress(Rank Rank, TransportUri Uri);
}
