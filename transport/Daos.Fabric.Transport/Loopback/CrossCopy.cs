namespace Daos.Fabric.Transport.Loopback;

/// <summary>
/// A one-sided transfer between two owner threads: a request posted to the owner of the registered memory, which checks the key,
/// copies and posts the answer. Owned by the initiator's owner thread except while the request executes.
/// </summary>
internal sealed unsafe class CrossCopy : PooledOperation<DerCode>
{
    private readonly Request _request;
    private readonly Answer _answer;
    private OwnerPool<CrossCopy> _pool = null!;
    private CrossConnection _initiator = null!;
    private RemoteMemory _memory;
    private long _offsetBytes;
    private byte* _local;
    private int _lengthBytes;
    private MemoryAccess _access;
    private DerCode _code;

    private CrossCopy()
    {
        _request = new Request(this);
        _answer = new Answer(this);
    }

    internal static ValueTask<DerCode> Start(
        CrossConnection initiator, LoopbackOutbox outbox, RemoteMemory memory, long offsetBytes, byte* local, int lengthBytes, MemoryAccess access)
    {
        OwnerLoop loop = initiator.Context.Loop;
        OwnerPool<CrossCopy> pool = OwnerPool<CrossCopy>.Of(loop);
        CrossCopy copy = pool.Rent(pool, static _ => new CrossCopy());
        copy._pool = pool;
        copy.Begin(loop);
        copy._initiator = initiator;
        copy._memory = memory;
        copy._offsetBytes = offsetBytes;
        copy._local = local;
        copy._lengthBytes = lengthBytes;
        copy._access = access;
        ValueTask<DerCode> task = copy.Task;
        outbox.Post(copy._request);
        return task;
    }

    protected override void Release()
    {
        _initiator = null!;
        _local = null;
        _pool.Return(this);
    }

    // Runs on the owner thread of the registered memory.
    private void Serve()
    {
        CrossConnection owner = _initiator.Other;
        byte* remote = owner.Registrations.Resolve(_memory.Key, (ulong)_offsetBytes, (uint)_lengthBytes, _access);
        if (!owner.IsOpen)
        {
            _code = DerCode.Unreachable;
        }
        else if (remote is null)
        {
            _code = DerCode.NoPerm;
        }
        else
        {
            bool read = _access == MemoryAccess.RemoteRead;
            Buffer.MemoryCopy(read ? remote : _local, read ? _local : remote, _lengthBytes, _lengthBytes);
            _code = DerCode.Success;
        }

        owner.Outbox.Post(_answer);
    }

    private void Finish() => Complete(_code);

    private sealed class Request(CrossCopy copy) : WorkItem
    {
        protected override void Execute() => copy.Serve();
    }

    private sealed class Answer(CrossCopy copy) : WorkItem
    {
        protected override void Execute() => copy.Finish();
    }
}
