using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Transactions.Tables;
using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Io;

/// <summary>
/// Prepares a transaction that others decide: begin, add its operations on this target, prepare, wait until stable, free. Its records are
/// in the log and the trees from then on, and nobody but itself sees them before it is committable or committed. Pooled, and owned by the
/// xstream of its shard; operations, keys and participants are borrowed until <see cref="Free"/>.
/// </summary>
public sealed unsafe class TransactionPlan
{
    private readonly ObjectStore _store;
    private readonly PlanAdmission _admission;
    private TransactionOperation[] _operations = new TransactionOperation[8];
    private KeyBytes[] _akeys = new KeyBytes[8];
    private int _count;
    private int _akeyCount;
    private TransactionInfo _info;
    private DerCode _failure;
    private bool _onlyPunches;
    private bool _free;

    internal TransactionPlan(ObjectStore store)
    {
        _store = store;
        _admission = new PlanAdmission(store.Shard);
    }

    /// <summary>
    /// Adds an update, whose values are added and whose data is written and flushed. Its target names this container, transaction and epoch;
    /// minor epochs follow the order of adding. DER_INVAL, DER_OVERFLOW.
    /// </summary>
    public DerCode Add(UpdatePlan update) => AddOperation(new TransactionOperation { Update = update, Target = update.Target });

    /// <summary>Adds a punch; see <see cref="StoreShard.Punch"/>. Codes as <see cref="Add"/>, and DER_KEY2BIG.</summary>
    public DerCode AddPunch(in ObjectTarget target, PunchScope scope, ReadOnlySpan<KeyBytes> akeys)
    {
        DerCode code = Puncher.Validate(in target, scope, akeys);
        if (code.IsError)
        {
            return Fail(code);
        }

        code = AddOperation(new TransactionOperation { Target = target, Scope = scope, AkeyStart = _akeyCount, AkeyCount = akeys.Length });
        if (code.IsSuccess)
        {
            while (_akeyCount + akeys.Length > _akeys.Length)
            {
                Array.Resize(ref _akeys, _akeys.Length * 2);
            }

            akeys.CopyTo(_akeys.AsSpan(_akeyCount));
            _akeyCount += akeys.Length;
        }

        return code;
    }

    /// <summary>Waits until <see cref="Prepare"/> may be called; see <see cref="UpdatePlan.AdmitAsync"/>.</summary>
    public ValueTask<DerCode> AdmitAsync() => _admission.AdmitAsync();

    /// <summary>
    /// Applies all operations and the entry that names them in one local transaction, all or nothing. The answer may leave once
    /// <paramref name="position"/> is stable, also when it is an error.
    /// </summary>
    /// <param name="position">Wait for it before answering.</param>
    /// <param name="epoch">When its records were written.</param>
    /// <returns>
    /// Success; DER_ALREADY for a resend of a transaction that is prepared or committed: answer as the first time; DER_INPROGRESS when it
    /// met what another transaction has not decided (<see cref="StoreShard.BlockingTransactions"/>), or is being aborted; DER_EP_OLD when it
    /// began so long ago that it may have been committed and forgotten; DER_OVERLOAD_RETRY for too many undecided transactions; DER_BUSY while a discard is under way; DER_HLC_SYNC;
    /// DER_REC2BIG when its redo is too large for the log; otherwise as <see cref="UpdatePlan.Commit"/> and <see cref="StoreShard.Punch"/>.
    /// </returns>
    public DerCode Prepare(out LogPosition position, out Epoch epoch)
    {
        position = default;
        epoch = default;
        DerCode code = Check(out ulong container);
        code = code.IsSuccess ? _store.Transactions.FindDuplicate(container, _info.Id, out epoch, out position) : code;
        ulong stamp = 0;
        code = code.IsSuccess ? _store.EpochOf(new ObjectTarget { Epoch = _info.Epoch }, out stamp) : code;
        code = code.IsSuccess ? _store.BeginTransaction(_onlyPunches) : code;
        if (code.IsError)
        {
            return code;
        }

        OpenTransactions open = _store.Unstable.Open;
        code = open.Take(SlotOf(container, stamp), out uint reference);
        if (code.IsError)
        {
            _store.AbortTransaction();
            return code;
        }

        epoch = new Epoch(stamp);
        ulong entry = 0;
        open.Preparing = reference;
        _store.Memory.Writer.Begin(reference);
        code = Apply(stamp, ref position);
        code = code.IsSuccess ? _store.Transactions.Add(container, reference, stamp, in _info, out entry) : code;
        _store.Memory.Writer.End();
        open.Preparing = 0;
        return End(code, reference, entry, ref position, stamp);
    }

    /// <summary>Returns the plan to its pool; the updates that were added are freed by who began them, after this.</summary>
    public void Free()
    {
        Invariant.Check(!_free);
        _free = true;
        Array.Clear(_operations, 0, _count);
        _count = 0;
        _akeyCount = 0;
        _store.Return(this);
    }

    internal void Begin(in TransactionInfo info)
    {
        const TransactionFlags Allowed = TransactionFlags.Leader | TransactionFlags.Block;
        _free = false;
        _info = info;
        _admission.Reset();
        _onlyPunches = true;
        _failure = !info.Id.IsSet || info.ParticipantBytes < 0 || (info.Flags & ~Allowed) != 0
            ? DerCode.Invalid
            : info.ParticipantBytes > TransactionLimits.ParticipantBytesMax ? DerCode.RecordTooBig : DerCode.Success;
    }

    private DerCode AddOperation(in TransactionOperation operation)
    {
        ref readonly ObjectTarget target = ref operation.Target;
        if (target.Container != _info.Container || target.Transaction != _info.Id || target.Epoch != _info.Epoch)
        {
            return Fail(DerCode.Invalid);
        }

        if (_count == TransactionLimits.OperationsMax)
        {
            return Fail(DerCode.Overflow);
        }

        if (_count == _operations.Length)
        {
            Array.Resize(ref _operations, _count * 2);
        }

        _onlyPunches &= operation.Update is null;
        _operations[_count++] = operation;
        return DerCode.Success;
    }

    private DerCode Check(out ulong container)
    {
        container = 0;
        for (int i = 0; i < _count && _failure.IsSuccess; i++)
        {
            _failure = _operations[i].Update?.Verify() ?? DerCode.Success;
        }

        if (_failure.IsError || _count == 0)
        {
            return _failure.IsError ? _failure : DerCode.Invalid;
        }

        // A discard would take away what this relies on, and could not give it back when it is aborted.
        return _store.Discarder.Below != ulong.MaxValue
            ? DerCode.Busy
            : _store.LocateContainer(_info.Container, _info.Epoch.Value, out container);
    }

    private OpenSlot SlotOf(ulong container, ulong stamp) => new()
    {
        Container = container,
        Id = _info.Id,
        Epoch = stamp,
        State = TransactionState.Prepared,
        Flags = _info.Flags,
    };

    private DerCode Apply(ulong epoch, ref LogPosition position)
    {
        DerCode code = DerCode.Success;
        for (int i = 0; i < _count && code.IsSuccess; i++)
        {
            ref TransactionOperation operation = ref _operations[i];
            var stamp = new VersionStamp(epoch, (ushort)(i + 1));
            code = operation.Update is { } update
                ? update.ApplyAt(stamp, out LogPosition dependsOn)
                : _store.Puncher.PunchAt(
                    in operation.Target, operation.Scope, _akeys.AsSpan(operation.AkeyStart, operation.AkeyCount), stamp, out dependsOn);
            position = dependsOn > position ? dependsOn : position;
        }

        return code;
    }

    private DerCode End(DerCode code, uint reference, ulong entry, ref LogPosition position, ulong stamp)
    {
        OpenTransactions open = _store.Unstable.Open;
        if (code.IsError)
        {
            _store.AbortTransaction();
        }
        else
        {
            code = _store.CommitTransaction(stamp, out position);
        }

        if (code.IsError)
        {
            open.Close(reference);
            return code == DerCode.NoSpace && _admission.MayTryAgain() ? DerCode.Again : code;
        }

        open.Open(reference, entry, position);
        for (int i = 0; i < _count; i++)
        {
            _operations[i].Update?.Committed();
        }

        return DerCode.Success;
    }

    private DerCode Fail(DerCode code)
    {
        _failure = _failure.IsError ? _failure : code;
        return code;
    }
}
