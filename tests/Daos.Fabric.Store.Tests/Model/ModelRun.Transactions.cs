using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Model;

/// <summary>
/// Transactions that are prepared, committed and aborted in any order among everything else. The model learns of one when it shows; until
/// then whoever must not pass over it may be told to wait, and nobody else.
/// </summary>
internal sealed partial class ModelRun
{
    private const int OpenMax = 5;

    private readonly List<Work> _open = [];
    private readonly HashSet<ulong> _transactionEpochs = [];
    private int _transactions;

    /// <summary>Transactions that were committed.</summary>
    internal int Commits { get; private set; }

    /// <summary>Transactions that were aborted.</summary>
    internal int Aborts { get; private set; }

    /// <summary>Operations that were told to wait.</summary>
    internal int Waits { get; private set; }

    /// <summary>The shard was opened again: what was prepared still is, and everybody waits for it.</summary>
    internal void Reopened() => _open.ForEach(work => work.IsRecovered = true);

    /// <summary>Decides everything that is open.</summary>
    internal async ValueTask<bool> DecideAllAsync(StoreCalls calls)
    {
        while (_open.Count > 0)
        {
            await DecideAsync(calls);
        }

        return true;
    }

    /// <summary>Prepares, commits or aborts one.</summary>
    internal async ValueTask<bool> TransactAsync(StoreCalls calls)
    {
        Operations++;
        await (_open.Count == 0 || (_open.Count < OpenMax && _random.Chance(0.5)) ? PrepareAsync(calls) : DecideAsync(calls));
        return true;
    }

    private async ValueTask PrepareAsync(StoreCalls calls)
    {
        ulong late = _random.Chance(0.1) ? _epochs[_random.Next(_epochs.Count)] + 1 : 0;
        late = late > Aggregated && late <= _now && !_epochs.Contains(late) && !_transactionEpochs.Contains(late) ? late : 0;
        var id = new TransactionId(new Guid(++_transactions, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7), (ulong)_transactions);
        bool isLeader = _random.Chance(0.7);
        TransactionStep[] steps = Steps();
        (DerCode code, Epoch epoch) = await calls.PrepareAsync(id, isLeader ? TransactionFlags.Leader : TransactionFlags.None, steps, late);
        if (code == DerCode.InProgress)
        {
            Assert.Contains(steps, step => IsOpen(step.Keys.Object, ulong.MaxValue, standsAlone: false));
            Waits++;
            return;
        }

        if (late > 0 && (code == DerCode.TxRestart || code == DerCode.VosPartialUpdate))
        {
            return;
        }

        Assert.Equal(DerCode.Success, code);
        _now = Math.Max(_now, epoch.Value);
        _transactionEpochs.Add(epoch.Value);
        _open.Add(new Work(id, epoch.Value, steps, isLeader));
    }

    // Several updates of different values, or one punch: what a transaction does to one thing twice has tests of its own.
    private TransactionStep[] Steps()
    {
        if (_random.Chance(0.25))
        {
            PunchScope scope = _random.Next(8) switch
            {
                0 => PunchScope.Object,
                < 4 => PunchScope.Dkey,
                _ => PunchScope.Akeys,
            };
            return [new TransactionStep(Keys(_random.Chance(0.3), out _)) { Scope = scope }];
        }

        var steps = new Dictionary<string, TransactionStep>();
        for (int i = 1 + _random.Next(4); i > 0; i--)
        {
            bool isArray = _random.Chance(0.5);
            CallKeys keys = Keys(isArray, out int akey);
            steps[$"{keys.Object} {Convert.ToHexString(keys.Dkey)} {akey}"] = isArray
                ? new TransactionStep(keys) { RecordBytes = RecordBytes(akey), Ranges = [Range(akey)] }
                : new TransactionStep(keys) { Value = Bytes(_random.Chance(0.02) ? 4096 + _random.Next(5000) : _random.Next(120)) };
        }

        return [.. steps.Values];
    }

    private (ulong Start, ulong Count, byte[]? Data) Range(int akey)
    {
        ulong start = (ulong)_random.Next((int)Records - 60);
        ulong count = 1 + (ulong)_random.Next(60);
        return (start, count, _random.Chance(0.15) ? null : Bytes((int)count * RecordBytes(akey)));
    }

    private async ValueTask DecideAsync(StoreCalls calls)
    {
        Work work = _open[_random.Next(_open.Count)];
        int choice = work.IsCommittable ? 0 : _random.Next(5);
        if (choice == 4)
        {
            Assert.Equal(DerCode.Success, calls.MarkCommittable(work.Id));
            Show(work);
            work.IsCommittable = true;
            return;
        }

        _open.Remove(work);
        if (choice < 2)
        {
            TransactionId[] ids = _random.Chance(0.3) ? [work.Id, new TransactionId(Guid.AllBitsSet, 1), work.Id] : [work.Id];
            Assert.Equal((DerCode.Success, 1), await calls.CommitAsync(ids));
            Commits++;
            if (!work.IsCommittable)
            {
                Show(work);
            }
        }
        else
        {
            Assert.Equal(DerCode.Success, await calls.AbortAsync(work.Id));
            Aborts++;
        }
    }

    private void Show(Work work)
    {
        foreach (TransactionStep step in work.Steps)
        {
            if (step.Scope is { } scope)
            {
                Model.Punch(step.Keys, work.Epoch, scope);
            }
            else if (step.Value is { } value)
            {
                Model.Put(step.Keys, work.Epoch, value);
            }
            else
            {
                Model.Write(step.Keys, work.Epoch, step.Ranges);
            }
        }

        _epochs.Add(work.Epoch);
    }

    // Told to wait: there must be a reason. Stand-alone reads have none where the leader is.
    private bool Waited(DerCode code, ObjectId id, ulong epoch, bool standsAlone)
    {
        if (code != DerCode.InProgress)
        {
            return false;
        }

        Assert.True(IsOpen(id, epoch, standsAlone), "there is nothing to wait for");
        Waits++;
        return true;
    }

    private bool IsOpen(ObjectId id, ulong epoch, bool standsAlone) => _open.Exists(work =>
        !work.IsCommittable
        && work.Epoch <= epoch
        && (!standsAlone || !work.IsLeader || work.IsRecovered)
        && work.Steps.Any(step => step.Keys.Object == id));

    /// <summary>A prepared transaction.</summary>
    private sealed class Work(TransactionId id, ulong epoch, TransactionStep[] steps, bool isLeader)
    {
        internal TransactionId Id => id;

        internal ulong Epoch => epoch;

        internal TransactionStep[] Steps => steps;

        internal bool IsLeader => isLeader;

        internal bool IsCommittable { get; set; }

        internal bool IsRecovered { get; set; }
    }
}
