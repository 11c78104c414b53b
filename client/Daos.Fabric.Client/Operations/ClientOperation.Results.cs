using System.Buffers;
using System.Threading.Tasks.Sources;
using Daos.Fabric.Client.Calls;
using Daos.Fabric.Client.Errors;
using Daos.Fabric.Client.Memory;
using Daos.Fabric.Client.Objects;

namespace Daos.Fabric.Client.Operations;

/// <summary>What the awaiter sees: one face per kind of result.</summary>
internal sealed partial class ClientOperation : IValueTaskSource, IValueTaskSource<int>, IValueTaskSource<DaosValue>
{
    /// <summary>For calls without a result.</summary>
    internal ValueTask Done => new(this, _version);

    /// <summary>
    /// For reads into <see cref="Destination"/> or <see cref="Writer"/>: the length of the value, or -1 when there is none; of a run of records
    /// the bytes that exist.
    /// </summary>
    internal ValueTask<int> Length => new(this, _version);

    /// <summary>For reads whose value or reply stays in the operation's memory until it is disposed.</summary>
    internal ValueTask<DaosValue> HeldValue => new(this, _version);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => Status(token, nonexistIsResult: false);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => Status(token, nonexistIsResult: true);

    ValueTaskSourceStatus IValueTaskSource<DaosValue>.GetStatus(short token) => Status(token, nonexistIsResult: true);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Await(continuation, state, token, flags);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        Await(continuation, state, token, flags);

    void IValueTaskSource<DaosValue>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags) => Await(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token)
    {
        CheckReadable(token);
        DerCode code = Call.Code;
        if (code.IsSuccess && _fetches.Count > 0)
        {
            code = FillFetches();
        }

        if (code.IsError)
        {
            Fail(code);
        }

        Finish();
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        CheckReadable(token);
        DerCode code = Call.Code;
        if (code.IsError && code != DerCode.Nonexist)
        {
            Fail(code);
        }

        int length = TakeValue(code.IsSuccess);
        Finish();
        return length;
    }

    DaosValue IValueTaskSource<DaosValue>.GetResult(short token)
    {
        CheckReadable(token);
        DerCode code = Call.Code;
        if (code.IsError && code != DerCode.Nonexist)
        {
            Fail(code);
        }

        DaosValue value = default;
        if (code.IsSuccess)
        {
            Hold();
            value = new DaosValue(this, Volatile.Read(ref _generation));
        }

        Finish();
        return value;
    }

    private ValueTaskSourceStatus Status(short token, bool nonexistIsResult)
    {
        Invariant.Check(token == _version);
        if (Volatile.Read(ref _handshake) != Completed)
        {
            return ValueTaskSourceStatus.Pending;
        }

        return Call.Code.IsSuccess || nonexistIsResult && Call.Code == DerCode.Nonexist ? ValueTaskSourceStatus.Succeeded
            : Call.Code == DerCode.Canceled ? ValueTaskSourceStatus.Canceled
            : ValueTaskSourceStatus.Faulted;
    }

    private void Await(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        Invariant.Check(token == _version);
        _continuation = continuation;
        _continuationState = state;
        _home = FindHome(flags);
        if (Interlocked.CompareExchange(ref _handshake, Awaited, Pending) == Completed)
        {
            Dispatch();
        }
    }

    // Owner threads come first: their continuations come home whatever the await asked.
    private static object? FindHome(ValueTaskSourceOnCompletedFlags flags)
    {
        if (OwnerThread.Current is { } owner)
        {
            return owner;
        }

        if ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) == 0)
        {
            return null;
        }

        if (SynchronizationContext.Current is { } context && context.GetType() != typeof(SynchronizationContext))
        {
            return context;
        }

        TaskScheduler scheduler = TaskScheduler.Current;
        return ReferenceEquals(scheduler, TaskScheduler.Default) ? null : scheduler;
    }

    private void CheckReadable(short token)
    {
        Invariant.Check(token == _version);
        Invariant.Check(Volatile.Read(ref _handshake) == Completed);
    }

    // Runs on the reader's thread: the caller's small memory is written here and nowhere else.
    private int TakeValue(bool exists)
    {
        if (!exists)
        {
            return -1;
        }

        if (Writer is null)
        {
            return Call.CopyValueTo(Destination.Span);
        }

        Writer.Write(Call.Value);
        return (int)Call.ValueBytes;
    }

    // Runs on the reader's thread, as above.
    private DerCode FillFetches()
    {
        DerCode code = FetchResults.Fill(Call, CollectionsMarshal.AsSpan(_fetches), FetchesInline);
        if (code.IsError)
        {
            Call.Detail = "The memory given is shorter than the data";
        }

        return code;
    }

    private void Fail(DerCode code)
    {
        string name = _name;
        string? target = Context.DescribeTarget(Call.Target);
        string? detail = Call.Detail;
        CancellationToken token = _token;
        Finish();
        Throw.Failed(code, name, target, detail, token);
    }
}
