using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Io;

/// <summary>Transactions that others decide, complete with data and waiting until stable.</summary>
internal sealed partial class StoreCalls
{
    /// <summary>The participants of tests.</summary>
    internal static readonly byte[] Participants = [.. Enumerable.Range(0, 40).Select(i => (byte)i)];

    /// <summary>Prepares a transaction.</summary>
    internal async ValueTask<(DerCode Code, Epoch Epoch)> PrepareAsync(
        TransactionId id, TransactionFlags flags, TransactionStep[] steps, ulong epoch = 0, bool waits = true)
    {
        var calls = new List<NativeCall>();
        var updates = new List<UpdatePlan>();
        var people = new NativeCall(CallKeys.Of("x", "x"), Participants);
        TransactionPlan plan = BeginTransaction(id, flags, epoch, people);
        try
        {
            DerCode code = DerCode.Success;
            foreach (TransactionStep step in steps)
            {
                byte[] bytes = step.Value ?? step.Ranges.SelectMany(range => range.Data ?? []).ToArray();
                CallKeys keys = step.Keys with { Transaction = id, Epoch = new Epoch(epoch) };
                var call = new NativeCall(keys, bytes);
                calls.Add(call);
                code = code.IsError ? code
                    : step.Scope is { } scope ? AddPunch(plan, keys, call, scope)
                    : await AddUpdateAsync(plan, step, keys, call, updates);
            }

            Epoch found = default;
            LogPosition position = default;
            do
            {
                code = code.IsSuccess || code == DerCode.Again ? await plan.AdmitAsync() : code;
                code = code.IsSuccess ? plan.Prepare(out position, out found) : code;
            }
            while (code == DerCode.Again);

            DerCode stable = waits ? await shard.WaitStableAsync(position) : DerCode.Success;
            return (stable.IsError ? stable : code, found);
        }
        finally
        {
            plan.Free();
            updates.ForEach(update => update.Free());
            calls.ForEach(call => call.Dispose());
            people.Dispose();
        }
    }

    /// <summary>Commits and waits until stable; answers how many were committed.</summary>
    internal async ValueTask<(DerCode Code, int Committed)> CommitAsync(params TransactionId[] ids)
    {
        int total = 0;
        LogPosition last = default;
        for (int start = 0; start < ids.Length;)
        {
            DerCode code = shard.CommitTransactions(container, ids.AsSpan(start), out int done, out int committed, out last);
            if (code == DerCode.Again)
            {
                code = await shard.AdmitAsync();
            }

            if (code.IsError)
            {
                return (code, total);
            }

            start += done;
            total += committed;
        }

        return (await shard.WaitStableAsync(last), total);
    }

    /// <summary>Every participant has prepared.</summary>
    internal DerCode MarkCommittable(TransactionId id) => shard.MarkCommittable(container, id);

    /// <summary>Aborts and waits until stable.</summary>
    internal async ValueTask<DerCode> AbortAsync(TransactionId id)
    {
        DerCode code;
        LogPosition position;
        while ((code = shard.AbortTransaction(container, id, out position)) == DerCode.Again)
        {
            DerCode admitted = await shard.AdmitAsync();
            if (admitted.IsError)
            {
                return admitted;
            }
        }

        DerCode stable = await shard.WaitStableAsync(position);
        return stable.IsError ? stable : code;
    }

    private unsafe TransactionPlan BeginTransaction(TransactionId id, TransactionFlags flags, ulong epoch, NativeCall people) =>
        shard.BeginTransaction(new TransactionInfo
        {
            Container = container,
            Id = id,
            Epoch = new Epoch(epoch),
            Flags = flags,
            Object = ObjectFixture.Object,
            DkeyHash = 77,
            MapVersion = 5,
            Participants = people.Value,
            ParticipantBytes = (int)people.ValueBytes,
        });

    private unsafe DerCode AddPunch(TransactionPlan plan, CallKeys keys, NativeCall call, PunchScope scope)
    {
        ReadOnlySpan<KeyBytes> akeys = scope == PunchScope.Akeys ? [new KeyBytes(call.Akey, call.AkeyLength)] : [];
        return plan.AddPunch(Target(keys, call), scope, akeys);
    }

    private async ValueTask<DerCode> AddUpdateAsync(
        TransactionPlan plan, TransactionStep step, CallKeys keys, NativeCall call, List<UpdatePlan> updates)
    {
        UpdatePlan update = Begin(keys, call);
        updates.Add(update);
        long[] offsets = [0];
        DerCode code = step.Value is not null ? AddSingle(update, call) : AddRanges(update, call, step.RecordBytes, step.Ranges, out offsets);
        code = code.IsSuccess ? await WriteDataAsync(update, call, offsets) : code;
        return code.IsSuccess ? plan.Add(update) : code;
    }
}
