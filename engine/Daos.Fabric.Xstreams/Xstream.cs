using Daos.Fabric.Xstreams.Mesh;
using Daos.Fabric.Xstreams.Scheduling;

namespace Daos.Fabric.Xstreams;

/// <summary>
/// An execution stream of the engine: one operating system thread (or a turn of the simulator) with its reactor, its scheduler of ready
/// ULTs by request class, and its mailboxes. State that it owns is touched by no other thread; another xstream sends a
/// <see cref="CrossCall"/>, a foreign thread posts into the inbox.
/// </summary>
public sealed class Xstream : OwnerLoop
{
    private readonly ClassScheduler _scheduler = new();
    private readonly Watchdog _watchdog;
    private readonly Action<Xstream, SlowSlice>? _onSlowSlice;
    private MailboxSet? _mail;

    /// <param name="name">For logs, such as <c>target-0</c>.</param>
    /// <param name="reactor">Owned by this xstream from now on.</param>
    /// <param name="options">Limits and hooks.</param>
    public Xstream(string name, Reactor.Reactor reactor, XstreamOptions options)
        : base(name, reactor, options.Loop)
    {
        _watchdog = new Watchdog(options.PausedNs);
        _onSlowSlice = options.OnSlowSlice;
    }

    /// <inheritdoc/>
    public override bool HasReady => _scheduler.Count > 0;

    /// <summary>How full the target is; garbage collection is boosted and updates are slowed accordingly. Owner thread only.</summary>
    public SpacePressure SpacePressure
    {
        get => _scheduler.Pressure;
        set => _scheduler.Pressure = value;
    }

    /// <summary>ULT slices that ran over 32 ms, garbage collector's pauses subtracted.</summary>
    public long SlowSliceCount => _watchdog.SlowCount;

    /// <summary>The newest of them, or null. Owner thread only.</summary>
    public SlowSlice? LastSlowSlice => _watchdog.LastSlow;

    /// <summary>Position in its mesh; -1 before it joined one.</summary>
    public int MeshIndex => _mail?.Index ?? -1;

    /// <inheritdoc/>
    protected override bool HasMail => _mail is not null && _mail.HasMail;

    internal MailboxSet Mail => _mail ?? throw new InvalidOperationException($"xstream '{Name}' is in no mesh");

    /// <summary>Ready items of one class.</summary>
    public int ReadyCountOf(byte requestClass) => _scheduler.CountOf(requestClass);

    /// <inheritdoc/>
    public override void Schedule(WorkItem item)
    {
        Assert();
        _scheduler.Enqueue(item);
    }

    internal void Join(MailboxSet mail)
    {
        Invariant.Check(_mail is null);
        _mail = mail;
    }

    /// <inheritdoc/>
    protected override int DrainMail() => _mail is null ? 0 : _mail.Drain();

    /// <inheritdoc/>
    protected override int RunReady()
    {
        if (_scheduler.Count == 0)
        {
            return 0;
        }

        int ran = 0;
        _scheduler.BeginTurn(Options.ReadyBudget);
        _watchdog.BeginTurn(NowNs);
        while (_scheduler.Next() is { } item)
        {
            _watchdog.Note(SubjectOf(item));
            Run(item);
            ran++;
            if (_watchdog.GroupIsFull)
            {
                EndGroup();
            }
        }

        EndGroup();

        // What the reactor starts afterwards belongs to no request.
        CurrentClass = RequestClass.Anonymous;
        return ran;
    }

    private void EndGroup()
    {
        if (_watchdog.EndGroup(Clock.MonotonicNs) is { } slow)
        {
            _onSlowSlice?.Invoke(this, slow);
        }
    }
}
