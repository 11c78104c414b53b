using Daos.Fabric.Metadata;
using Daos.Fabric.Metadata.KeySpaces;

namespace Daos.Fabric.TestKit.Metadata;

/// <summary>
/// A replicated metadata store in a simulated world: one state, and everything that may happen between it and its users, from the world's
/// seed. Its replicas are one object, because what users see of them is only that there is a leader or none. Owned by the simulator's thread.
/// </summary>
public sealed class SimMetadataServer
{
    private readonly SimulatedWorld _world;
    private readonly SeededRandom _random;
    private readonly KeySpace _space;
    private long _leaderlessUntilNs;

    /// <param name="world">Where it lives.</param>
    /// <param name="options">What goes wrong.</param>
    /// <param name="historyRevisions">Revisions remembered.</param>
    public SimMetadataServer(SimulatedWorld world, SimMetadataOptions? options = null, int historyRevisions = 10_000)
    {
        _world = world;
        _random = world.Random.Fork();
        _space = new KeySpace(historyRevisions);
        Options = options ?? new SimMetadataOptions();
        Hub = new WatchHub(_space);
    }

    /// <summary>What goes wrong.</summary>
    public SimMetadataOptions Options { get; }

    /// <summary>Changes of the leader so far.</summary>
    public int LeaderChanges { get; private set; }

    /// <summary>The newest revision: what an oracle compares with.</summary>
    public long Revision => _space.Revision;

    /// <summary>Every entry there is, markers of sessions left out: what an oracle compares with.</summary>
    public IReadOnlyList<MetadataEntry> Entries => [.. _space.Entries.Where(e => !e.Key.IsReserved)];

    internal WatchHub Hub { get; }

    internal KeySpace Space => _space;

    internal SimulatedWorld World => _world;

    internal long WatchDelayNs() => Options.WatchDelayMaxNs == 0 ? 0 : _random.Next(Options.WatchDelayMaxNs);

    /// <summary>A user of it, on an owner loop of the same world.</summary>
    public IMetadataStore Connect(OwnerLoop loop) => new SimMetadataStore(this, loop);

    /// <summary>Lets the leader be lost now.</summary>
    public void ChangeLeader()
    {
        LeaderChanges++;
        _leaderlessUntilNs = _world.NowNs + 1 + _random.Next(Options.LeaderlessMaxNs);
        _world.After(_leaderlessUntilNs - _world.NowNs, () =>
        {
            // A new leader does not know when leases were renewed: they start anew, as etcd's do.
            foreach (LeaseEntry lease in _space.Leases)
            {
                lease.Renew(_world.NowNs);
                WatchOver(lease);
            }
        });
    }

    /// <summary>
    /// Sends a request on its way. Its answer comes once, inside the simulator's step: what the server said, or <paramref name="unknown"/>
    /// when nobody answered in time, or DER_UNREACH when there was no leader to send it to.
    /// </summary>
    internal void Send<T>(Func<DerResult<T>> serve, DerCode unknown, Action<DerResult<T>> answer)
    {
        bool isAnswered = false;
        if (_random.Chance(Options.LeaderChange))
        {
            ChangeLeader();
        }

        if (IsLeaderless)
        {
            _world.After(Latency(), () => Answer(DerCode.Unreachable));
            return;
        }

        _world.After(Options.TimeoutNs, () => Answer(unknown));
        if (_random.Chance(Options.LostRequest))
        {
            return;
        }

        long wayNs = _random.Chance(Options.LateRequest) ? Options.TimeoutNs + _random.Next(Options.TimeoutNs) + 1 : Latency();
        _world.After(wayNs, Arrive);

        void Arrive()
        {
            // A leader that is lost takes with it what it had not decided.
            if (IsLeaderless)
            {
                return;
            }

            DerResult<T> result = serve();
            CompactSometimes();
            if (!_random.Chance(Options.LostAnswer))
            {
                _world.After(Latency(), () => Answer(result));
            }
        }

        void Answer(DerResult<T> result)
        {
            if (!isAnswered)
            {
                isAnswered = true;
                answer(result);
            }
        }
    }

    internal DerResult<MetadataCommit> Commit(MetadataTransaction transaction)
    {
        Evaluation evaluation = _space.Evaluate(transaction);
        if (evaluation.Record is { } record)
        {
            Apply(record);
        }

        return evaluation.Code.IsError ? evaluation.Code : evaluation.Commit!;
    }

    internal DerResult<MetadataLease> Grant(long ttlMs)
    {
        if (_space.Grant(ttlMs, _world.NowNs) is not { } lease)
        {
            return DerCode.NoSpace;
        }

        WatchOver(lease);
        if (_random.Chance(Options.LostLease))
        {
            _world.After(_random.Next(ttlMs * 1_000_000), () => End(lease));
        }

        return new MetadataLease(lease.Id, ttlMs);
    }

    internal DerResult<MetadataLease> Renew(long id)
    {
        if (_space.FindLease(id) is not { HasEnded: false } lease)
        {
            return DerCode.Nonexist;
        }

        lease.Renew(_world.NowNs);
        WatchOver(lease);
        return new MetadataLease(id, lease.TtlMs);
    }

    internal DerResult<bool> Revoke(long id)
    {
        if (_space.FindLease(id) is { } lease)
        {
            End(lease);
        }

        return true;
    }

    internal DerResult<bool> Compact(long revision)
    {
        DerCode code = _space.Compact(revision);
        Hub.WakeAll();
        return code.IsError ? code : true;
    }

    private bool IsLeaderless => _world.NowNs < _leaderlessUntilNs;

    private long Latency() => 1 + _random.Next(Options.LatencyMaxNs);

    private void CompactSometimes()
    {
        if (_random.Chance(Options.Compaction) && _space.Revision > _space.Compacted)
        {
            Compact(_space.Compacted + 1 + _random.Next(_space.Revision - _space.Compacted));
        }
    }

    private void WatchOver(LeaseEntry lease) => _world.After(lease.EndNs - _world.NowNs, () =>
    {
        if (IsLeaderless)
        {
            return;
        }

        if (lease.EndNs <= _world.NowNs)
        {
            End(lease);
        }
    });

    private void End(LeaseEntry lease)
    {
        if (lease.HasEnded)
        {
            return;
        }

        lease.HasEnded = true;
        while (_space.EndStep(lease) is { } record)
        {
            Apply(record);
        }

        _space.Remove(lease);
    }

    private void Apply(RevisionRecord record)
    {
        _space.Apply(record);
        Hub.Show(record.Revision);
    }
}
