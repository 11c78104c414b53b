using Daos.Fabric.Transport.Ofi.Endpoints;

namespace Daos.Fabric.Transport.Ofi;

/// <content>
/// Polling and sleeping. A turn polls every endpoint. When the loop is about to sleep, an endpoint with a wait object has it watched by the
/// reactor; one without (shm) is looked at by a timer that starts short and doubles, so that an idle system costs next to nothing.
/// </content>
internal sealed unsafe partial class OfiContext
{
    private readonly IdlePollTimer _idlePoll;
    private long _idlePollNs = Limits.IdlePollFirstNs;

    /// <inheritdoc/>
    public int Poll()
    {
        int events = PollEndpoints();
        if (events > 0)
        {
            _idlePollNs = Limits.IdlePollFirstNs;
        }

        return events;
    }

    /// <inheritdoc/>
    public bool PrepareToWait()
    {
        bool wantsTimer = false;
        foreach (OfiEndpoint endpoint in _endpoints)
        {
            if (endpoint.WaitDescriptor < 0)
            {
                wantsTimer = true;
            }
            else if (endpoint.MayWait())
            {
                Watch(endpoint);
            }
            else
            {
                return false;
            }
        }

        if (wantsTimer)
        {
            Loop.Reactor.Timers.Arm(_idlePoll, Loop.NowNs + _idlePollNs);
            _idlePollNs = Math.Min(_idlePollNs * 2, Limits.IdlePollLastNs);
        }

        return true;
    }

    private int PollEndpoints()
    {
        int events = 0;
        for (int i = 0; i < _endpoints.Count; i++)
        {
            events += _endpoints[i].Poll();
        }

        return events;
    }

    private void Watch(OfiEndpoint endpoint)
    {
        if (!endpoint.Watch.IsActive)
        {
            Loop.Reactor.WaitReadable(endpoint.WaitDescriptor, endpoint.Watch);
        }
    }

    private void StopWatching()
    {
        foreach (OfiEndpoint endpoint in _endpoints)
        {
            if (endpoint.Watch.IsActive)
            {
                Loop.Reactor.Cancel(endpoint.Watch);
            }
        }
    }

    private sealed class IdlePollTimer : TimerNode
    {
        protected override void Expire()
        {
        }
    }

    private sealed class WritableItem(OfiContext context) : WorkItem
    {
        private bool _scheduled;

        internal void Schedule()
        {
            if (!_scheduled)
            {
                _scheduled = true;
                context.Loop.Schedule(this);
            }
        }

        protected override void Execute()
        {
            _scheduled = false;
            context.TellWritable();
        }
    }

    private sealed class WatchTimer(OfiContext context) : TimerNode
    {
        internal void EnsureArmed()
        {
            if (!IsArmed)
            {
                context.Loop.Reactor.Timers.Arm(this, context.Loop.NowNs + Limits.WatchNs);
            }
        }

        protected override void Expire()
        {
            context._watch.Look();
            if (context._watch.Count > 0)
            {
                EnsureArmed();
            }
        }
    }
}
