using System.Threading.Tasks.Sources;
using Daos.Fabric.Bench.Running;
using Daos.Fabric.Client.Objects;

namespace Daos.Fabric.Bench.Engines;

/// <summary>
/// A slot's call of the public API: turns a task that throws into one that gives a code. One object per slot instead of an async method,
/// since the class library's pooled state machines are not enough for a thread with many calls under way. Owned by whoever runs the slot.
/// </summary>
internal sealed class SdkCall : IValueTaskSource<DerCode>
{
    private readonly Action _completed;
    private ManualResetValueTaskSourceCore<DerCode> _core;
    private ValueTask _plain;
    private ValueTask<int> _sized;
    private bool _isSized;
    private int _expectedBytes;

    internal SdkCall(IoSlot slot, byte[] akey)
    {
        _completed = OnCompleted;
        Fetches = [DaosFetchIod.Single(akey, slot.ReadMemory)];
    }

    /// <summary>What a fetch of the slot reads.</summary>
    internal DaosFetchIod[] Fetches { get; }

    /// <summary>The outcome of a modification, or of a fetch when the bytes that it is to deliver are given.</summary>
    internal ValueTask<DerCode> CodeOf(ValueTask task, int fetchedBytes = 0)
    {
        _plain = task;
        _isSized = false;
        _expectedBytes = fetchedBytes;
        if (task.IsCompleted)
        {
            return new ValueTask<DerCode>(Read());
        }

        _core.Reset();
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_completed);
        return new ValueTask<DerCode>(this, _core.Version);
    }

    /// <summary>The outcome of a read that is to deliver so many bytes.</summary>
    internal ValueTask<DerCode> CodeOf(ValueTask<int> task, int expectedBytes)
    {
        _sized = task;
        _isSized = true;
        _expectedBytes = expectedBytes;
        if (task.IsCompleted)
        {
            return new ValueTask<DerCode>(Read());
        }

        _core.Reset();
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_completed);
        return new ValueTask<DerCode>(this, _core.Version);
    }

    DerCode IValueTaskSource<DerCode>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<DerCode>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<DerCode>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void OnCompleted()
    {
        try
        {
            _core.SetResult(Read());
        }
        catch (Exception error) when (error is not DaosException)
        {
            _core.SetException(error);
        }
    }

    private DerCode Read()
    {
        try
        {
            return _isSized ? CodeOfLength(_sized.GetAwaiter().GetResult()) : CodeOfPlain();
        }
        catch (DaosException error)
        {
            return error.Code;
        }
    }

    private DerCode CodeOfLength(int length) =>
        length == _expectedBytes ? DerCode.Success : length < 0 ? DerCode.Nonexist : DerCode.Truncated;

    private DerCode CodeOfPlain()
    {
        _plain.GetAwaiter().GetResult();
        return _expectedBytes == 0 || Fetches[0].DeliveredBytes == _expectedBytes ? DerCode.Success
            : Fetches[0].RecordBytes == 0 ? DerCode.Nonexist
            : DerCode.Truncated;
    }
}
