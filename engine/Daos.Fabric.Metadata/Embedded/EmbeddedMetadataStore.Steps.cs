using Daos.Fabric.Metadata.KeySpaces;
using Daos.Fabric.Store;

namespace Daos.Fabric.Metadata.Embedded;

/// <content>
/// Changes, one at a time in the order in which they came: decided, written and applied; then the next one, while the first waits to be stable.
/// </content>
public sealed partial class EmbeddedMetadataStore
{
    private readonly Queue<Step> _steps = new();
    private TaskCompletionSource? _drained;
    private LogPosition _written;
    private int _unanswered;
    private bool _isPumping;
    private bool _hasFailed;

    private ValueTask<DerResult<T>> EnqueueAsync<T>(Step<T> step)
    {
        DerCode code = State.IsError ? State : _unanswered >= MetadataLimits.CommitsWaitingMax ? DerCode.Busy : DerCode.Success;
        if (code.IsError)
        {
            return new(code);
        }

        Enqueue(step);
        return new(step.Task);
    }

    private void Enqueue(Step step)
    {
        _unanswered++;
        _steps.Enqueue(step);
        if (!_isPumping)
        {
            _isPumping = true;
            _loop.Spawn(PumpAsync());
        }
    }

    private async ValueTask DrainAsync()
    {
        if (_unanswered > 0)
        {
            _drained = new TaskCompletionSource();
            await _drained.Task.ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask PumpAsync()
    {
        while (_steps.TryDequeue(out Step? step))
        {
            DerCode code = _slots.State.IsError ? _slots.State : await step.ApplyAsync();
            _loop.Spawn(AnswerAsync(step, code, _written, _space.Revision));
        }

        _isPumping = false;
    }

    // Answers come in log order, so what a later step saw of an earlier one is stable as well.
    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask AnswerAsync(Step step, DerCode code, LogPosition written, long revision)
    {
        DerCode stable = _options.SkipsWaiting ? DerCode.Success : await _slots.WaitStableAsync(written);
        if (stable.IsSuccess)
        {
            _hub.Show(revision);
        }
        else
        {
            Fail();
        }

        step.Answer(code.IsError ? code : stable.IsError ? DerCode.TxUncertain : code);
        if (--_unanswered == 0)
        {
            _drained?.SetResult();
        }
    }

    private void Fail()
    {
        if (!_hasFailed)
        {
            _hasFailed = true;
            _options.Notice?.Invoke($"the metadata store in {_options.Path} stopped: {_slots.LastError}");
            _hub.EndAll(DerCode.Io);
        }
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<DerCode> ApplyAsync(RevisionRecord record)
    {
        DerResult<LogPosition> written = await _table.WriteAsync(record);
        if (!written.IsSuccess)
        {
            return written.Code;
        }

        _written = written.Value;
        _space.Apply(record);
        return DerCode.Success;
    }

    private void ArmLeases() => _timer.Arm(_space.NextEndNs);

    private void EndDueLeases()
    {
        foreach (LeaseEntry lease in _space.Due(_loop.NowNs))
        {
            // Not one of those that callers wait for: their number is that of the leases.
            lease.HasEnded = true;
            Enqueue(new EndLeaseStep(this, lease));
        }

        ArmLeases();
    }

    private abstract class Step
    {
        /// <summary>Decides, writes and applies; nothing changed when it fails.</summary>
        internal abstract ValueTask<DerCode> ApplyAsync();

        internal abstract void Answer(DerCode code);
    }

    private abstract class Step<T> : Step
    {
        private readonly TaskCompletionSource<DerResult<T>> _done = new();

        internal Task<DerResult<T>> Task => _done.Task;

        protected T? Result { get; set; }

        internal override void Answer(DerCode code) => _done.SetResult(code.IsError ? code : Result!);
    }

    private sealed class CommitStep(EmbeddedMetadataStore store, MetadataTransaction transaction) : Step<MetadataCommit>
    {
        internal override ValueTask<DerCode> ApplyAsync()
        {
            Evaluation evaluation = store._space.Evaluate(transaction);
            Result = evaluation.Commit;
            return evaluation.Record is { } record ? store.ApplyAsync(record) : new(evaluation.Code);
        }
    }

    private sealed class FenceStep : Step<bool>
    {
        internal override ValueTask<DerCode> ApplyAsync()
        {
            Result = true;
            return default;
        }
    }

    private sealed class GrantStep(EmbeddedMetadataStore store, long ttlMs) : Step<MetadataLease>
    {
        [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
        internal override async ValueTask<DerCode> ApplyAsync()
        {
            if (store._space.Grant(ttlMs, store._loop.NowNs) is not { } lease)
            {
                return DerCode.NoSpace;
            }

            DerResult<LogPosition> written = await store._table.WriteAsync(lease);
            if (!written.IsSuccess)
            {
                store._space.Remove(lease);
                return written.Code;
            }

            store._written = written.Value;
            store.ArmLeases();
            Result = new MetadataLease(lease.Id, ttlMs);
            return DerCode.Success;
        }
    }

    private sealed class EndLeaseStep(EmbeddedMetadataStore store, LeaseEntry lease) : Step<bool>
    {
        [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
        internal override async ValueTask<DerCode> ApplyAsync()
        {
            while (store._space.EndStep(lease) is { } record)
            {
                DerCode code = await store.ApplyAsync(record);
                if (code.IsError)
                {
                    return Postpone(code);
                }
            }

            DerResult<LogPosition> written = await store._table.RemoveAsync(lease);
            if (!written.IsSuccess)
            {
                return Postpone(written.Code);
            }

            store._written = written.Value;
            store._space.Remove(lease);
            return DerCode.Success;
        }

        // It is tried again after another life: whatever was in the way, the keys must go.
        private DerCode Postpone(DerCode code)
        {
            lease.HasEnded = false;
            lease.Renew(store._loop.NowNs);
            store.ArmLeases();
            return code;
        }
    }

    private sealed class LeaseTimer(EmbeddedMetadataStore store) : TimerNode
    {
        internal void Arm(long dueNs)
        {
            Stop();
            if (dueNs != long.MaxValue && !store._isClosed)
            {
                store._loop.Reactor.Timers.Arm(this, Math.Max(dueNs, store._loop.NowNs));
            }
        }

        internal void Stop()
        {
            if (IsArmed)
            {
                store._loop.Reactor.Timers.Disarm(this);
            }
        }

        /// <inheritdoc/>
        protected override void Expire() => store.EndDueLeases();
    }
}
