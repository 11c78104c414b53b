using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Rpc.Swim;

/// <summary>
/// SWIM, DAOS's failure detector, as a pure state machine: time is a parameter, randomness and the wire come in by constructor. Each
/// period one member is pinged; if it does not answer others are asked to ping it; if they hear nothing either it is suspected; if it
/// does not refute with a higher incarnation it is dead. What is learned rides on the messages. Owned by one owner thread; allocates
/// nothing after its members were added.
/// </summary>
public sealed partial class SwimProtocol
{
    private readonly Dictionary<uint, SwimMember> _members = [];
    private readonly List<SwimMember> _ring = [];
    private readonly SwimOptions _options;
    private readonly SeededRandom _random;
    private readonly ISwimHost _host;
    private readonly SwimNews _news;
    private int _down;

    /// <param name="self">This member.</param>
    /// <param name="incarnation">Above those of this member's earlier lives.</param>
    /// <param name="options">Parameters.</param>
    /// <param name="random">Owned by the protocol from now on.</param>
    /// <param name="host">Sends, and is told.</param>
    /// <param name="nowNs">Monotonic time now. The first ping follows three periods later, so that everybody has started.</param>
    public SwimProtocol(Rank self, ulong incarnation, SwimOptions options, SeededRandom random, ISwimHost host, long nowNs)
    {
        options.Validate();
        Self = self;
        Incarnation = incarnation;
        _options = options;
        _random = random;
        _host = host;
        _news = new SwimNews(options.PiggybackTransmissions);
        Timeouts = new SwimTimeouts(options);
        Begin(self, nowNs);
    }

    /// <summary>This member.</summary>
    public Rank Self { get; private set; }

    /// <summary>This member's incarnation.</summary>
    public ulong Incarnation { get; private set; }

    /// <summary>Other members.</summary>
    public int Count => _ring.Count;

    /// <summary>Members that are alive or suspected, this one included.</summary>
    public int UpCount => 1 + _ring.Count - _down;

    /// <summary>Running totals.</summary>
    public SwimStatistics Statistics { get; } = new();

    internal SwimTimeouts Timeouts { get; }

    /// <summary>A member that learns who it is later than it is made begins anew; it watches nobody yet.</summary>
    internal void Begin(Rank self, long nowNs)
    {
        Debug.Assert(_ring.Count == 0, "it watches already");
        Self = self;
        _heardNs = nowNs;
        _nextTickNs = nowNs + (3 * _options.ProtocolPeriodNs);
        _dueNs = _nextTickNs;
    }

    /// <summary>Starts to watch a member; false when it is watched already or is this one.</summary>
    /// <param name="rank">The member.</param>
    /// <param name="incarnation">Its incarnation; 0 when it is not known.</param>
    /// <param name="status"><see cref="SwimStatus.Alive"/>, or <see cref="SwimStatus.Inactive"/> while it starts.</param>
    public bool Add(Rank rank, ulong incarnation = 0, SwimStatus status = SwimStatus.Alive)
    {
        Debug.Assert(status is SwimStatus.Alive or SwimStatus.Inactive, "a member joins alive or inactive");
        if (rank == Self || _members.ContainsKey(rank.Value))
        {
            return false;
        }

        var member = new SwimMember(rank) { Incarnation = incarnation, Status = status };
        _members.Add(rank.Value, member);
        _ring.Insert(_random.Next(_ring.Count + 1), member);
        _suspects.EnsureCapacity(_ring.Count);
        _down += IsUp(status) ? 0 : 1;
        return true;
    }

    /// <summary>Watches a member no more; false when it was not watched.</summary>
    public bool Remove(Rank rank)
    {
        if (!_members.Remove(rank.Value, out SwimMember? member))
        {
            return false;
        }

        _ring.Remove(member);
        _suspects.Remove(member);
        _news.Remove(member);
        _down -= IsUp(member.Status) ? 0 : 1;
        if (_target == member)
        {
            EndProbe();
        }

        return true;
    }

    /// <summary>What a member is held to be; false for a rank that is not watched.</summary>
    public bool TryGet(Rank rank, out SwimUpdate state)
    {
        if (rank == Self)
        {
            state = new SwimUpdate(Self, SwimStatus.Alive, Incarnation);
            return true;
        }

        bool found = _members.TryGetValue(rank.Value, out SwimMember? member);
        state = found ? member!.Update : default;
        return found;
    }

    /// <summary>
    /// The updates for a message that leaves now: first what the receiver must know (about the target, the sender, the receiver itself),
    /// then news. Returns how many.
    /// </summary>
    /// <param name="to">The receiver.</param>
    /// <param name="target">The message's target.</param>
    /// <param name="room">At least <see cref="SwimLimits.UpdatesMax"/> are enough for all.</param>
    public int Collect(Rank to, Rank target, Span<SwimUpdate> room)
    {
        int count = 0;
        room[count++] = new SwimUpdate(Self, SwimStatus.Alive, Incarnation);
        SwimMember? targetMember = Find(target);
        SwimMember? receiver = to == target ? null : Find(to);
        count = Put(targetMember, room, count);
        count = Put(receiver, room, count);
        int max = Math.Min(room.Length, count + _options.PiggybackEntries);
        int left = _news.Count;
        for (SwimMember? member = _news.First; member is not null && count < max && left > 0; left--)
        {
            SwimMember? next = member.NextNews;
            if (member != targetMember && member != receiver)
            {
                room[count++] = member.Update;
            }

            _news.Sent(member);
            member = next;
        }

        return count;
    }

    private static int Put(SwimMember? member, Span<SwimUpdate> room, int count)
    {
        if (member is null || count == room.Length)
        {
            return count;
        }

        room[count] = member.Update;
        return count + 1;
    }

    private static bool IsUp(SwimStatus status) => status is SwimStatus.Alive or SwimStatus.Suspect;

    private SwimMember? Find(Rank rank) => _members.TryGetValue(rank.Value, out SwimMember? member) ? member : null;
}
