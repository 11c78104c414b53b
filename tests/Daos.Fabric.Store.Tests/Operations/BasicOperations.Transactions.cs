using System.Text;
using Daos.Fabric.Core.Identities;
using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Punch;
using Daos.Fabric.Store.Tests.Io;
using Daos.Fabric.Store.Transactions.Tables;

namespace Daos.Fabric.Store.Tests.Operations;

/// <summary>Transactions that others decide, in an object of their own: what is undecided there keeps nobody else waiting.</summary>
internal static partial class BasicOperations
{
    private const int TransactionCount = 9;

    private static readonly ObjectId s_transactional = ObjectId.Create(0, 2, ObjectType.MultiHashed);

    private static IEnumerable<BasicOperation> TransactionOperations =>
    [
        new("prepare", shard => PrepareAsync(shard, First, 6, Put(6, 100), Put(6, 50, "b"), TransactionStep.Punch(Dkey(6), "a", PunchScope.Akeys))),
        new("prepare large", shard => PrepareAsync(shard, First, 7, Put(7, 9000), Write(7, (10, 5000), (6000, 90)))),
        new("change flags", SetFlagsAsync),
        new("forget transactions", ForgetTransactionsAsync),
        new("commit", shard => CodeOf(Calls(shard).CommitAsync(ObjectFixture.Id(1)))),
        new("abort", shard => Calls(shard).AbortAsync(ObjectFixture.Id(2))),
        new("discard transactions", DiscardTransactionsAsync),
    ];

    // One committed and four undecided, with values in the arena and in data extents, creations and punches.
    private static async ValueTask FillTransactionsAsync(StoreShard shard)
    {
        for (int i = 1; i < 5; i++)
        {
            Assert.Equal(DerCode.Success, await PrepareAsync(shard, First, i, Put(i, 100), Write(i, (0, 60), (100, 5000)), Put(i, 4500 + i, "b")));
        }

        Assert.Equal(DerCode.Success, await PrepareAsync(shard, Second, 8, Put(8, 200)));
    }

    private static async ValueTask FillCommittedAsync(StoreShard shard)
    {
        Assert.Equal(DerCode.Success, await PrepareAsync(shard, First, 0, Put(0, 700)));
        Assert.Equal(DerCode.Success, await CodeOf(Calls(shard).CommitAsync(ObjectFixture.Id(0))));
    }

    private static string Dkey(int number) => $"t{number}";

    private static CallKeys TransactionKeys(int number, string akey) => CallKeys.Of(Dkey(number), akey) with { Object = s_transactional };

    private static TransactionStep Put(int number, int length, string akey = "a") =>
        new(TransactionKeys(number, akey)) { Value = Bytes(length, 100 + (ulong)number) };

    private static TransactionStep Write(int number, params (ulong Start, int Count)[] ranges) => new(TransactionKeys(number, "array"))
    {
        Ranges = [.. ranges.Select(range => (range.Start, (ulong)range.Count, (byte[]?)Bytes(range.Count, range.Start)))],
    };

    private static async ValueTask<DerCode> PrepareAsync(StoreShard shard, ContainerId container, int number, params TransactionStep[] steps)
    {
        steps = [.. steps.Select(step => step with { Keys = step.Keys with { Object = s_transactional } })];
        return (await new StoreCalls(shard, container).PrepareAsync(ObjectFixture.Id(number), TransactionFlags.Leader, steps)).Code;
    }

    private static async ValueTask<DerCode> CodeOf(ValueTask<(DerCode Code, int Committed)> call) => (await call).Code;

    private static async ValueTask<DerCode> SetFlagsAsync(StoreShard shard)
    {
        DerCode code = await shard.AdmitAsync();
        code = code.IsSuccess
            ? shard.SetTransactionFlags(First, ObjectFixture.Id(3), TransactionFlags.Leader | TransactionFlags.Orphan, out _)
            : code;
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    private static async ValueTask<DerCode> DiscardTransactionsAsync(StoreShard shard)
    {
        DerCode code = await shard.AdmitAsync();
        shard.CheckTransaction(First, ObjectFixture.Id(4), out _, out Epoch epoch, out _);
        code = code.IsSuccess ? shard.DiscardTransactions(First, epoch, epoch, out _, out _) : code;
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    private static async ValueTask<DerCode> ForgetTransactionsAsync(StoreShard shard)
    {
        DerCode code = await shard.AdmitAsync();
        code = code.IsSuccess ? shard.ForgetTransactions(First, 0, Epoch.Max, out _) : code;
        return code.IsSuccess ? await shard.WaitStableAsync(shard.AppendedPosition) : code;
    }

    // The same before and after a crash, which changes for whom an undecided one is to be waited for.
    private static async ValueTask AppendTransactionsAsync(StringBuilder view, StoreShard shard, ContainerId id)
    {
        var open = new OpenTransaction[TransactionCount];
        uint anchor = 0;
        Assert.Equal(DerCode.Success, shard.ListOpenTransactions(id, ref anchor, open, out int count));
        var calls = new StoreCalls(shard, id);
        for (int i = 0; i < TransactionCount; i++)
        {
            TransactionId transaction = ObjectFixture.Id(i);
            DerCode code = shard.CheckTransaction(id, transaction, out TransactionState state, out _, out _);
            string shown = code.IsSuccess && state == TransactionState.Prepared ? Describe(open.AsSpan(0, count), transaction)
                : code.IsSuccess && state == TransactionState.Committed ? $"committed {await ReadTransactionAsync(calls, i)}"
                : code == DerCode.EpochOld ? $"forgotten {await ReadTransactionAsync(calls, i)}"
                : "unknown";
            view.Append(Dkey(i)).Append('=').Append(shown).Append("; ");
        }
    }

    private static string Describe(ReadOnlySpan<OpenTransaction> open, TransactionId id)
    {
        foreach (OpenTransaction transaction in open)
        {
            if (transaction.Id == id)
            {
                return $"undecided with {transaction.Records} records, {transaction.ParticipantBytes} bytes, {transaction.Flags}";
            }
        }

        return "undecided and not in the list";
    }

    private static async ValueTask<string> ReadTransactionAsync(StoreCalls calls, int number)
    {
        try
        {
            (DerCode code, byte[]? value) = await calls.GetAsync(TransactionKeys(number, "a"));
            (DerCode second, byte[]? other) = await calls.GetAsync(TransactionKeys(number, "b"));
            (DerCode third, byte[]? array, _) = await calls.ReadAsync(TransactionKeys(number, "array"), 0, 6000);
            return $"{code} {Show(value)} {second} {Show(other)} {third} {Show(array)}";
        }
        catch (Xunit.Sdk.EqualException)
        {
            return "the client's checksum";
        }
    }
}
