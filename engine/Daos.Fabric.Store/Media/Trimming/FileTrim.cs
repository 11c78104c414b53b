using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media.Trimming;

/// <summary>One range given back, awaited by its owner thread. Pooled per owner thread.</summary>
internal sealed class FileTrim : PooledOperation<DerCode>
{
    // EINTR and EAGAIN are repeated so often, then the range is left as it is.
    private const int RetriesMax = 100;

    private readonly OwnerPool<FileTrim> _pool;
    private readonly Step _step;
    private Reactor.Reactor _reactor = null!;
    private MediaHandle _file = null!;
    private long _offsetBytes;
    private long _lengthBytes;
    private long _askedBytes;
    private int _retries;

    private FileTrim(OwnerPool<FileTrim> pool)
    {
        _pool = pool;
        _step = new Step(this);
    }

    /// <summary>DER_NOTSUPPORTED when nothing below can; DER_IO. The range reads as anything afterwards.</summary>
    internal static ValueTask<DerCode> RunAsync(OwnerLoop loop, MediaHandle file, long offsetBytes, long lengthBytes)
    {
        OwnerPool<FileTrim> pool = OwnerPool<FileTrim>.Of(loop);
        FileTrim trim = pool.Rent(pool, static home => new FileTrim(home));
        trim.Begin(loop);
        trim._reactor = loop.Reactor;
        trim._file = file;
        trim._offsetBytes = offsetBytes;
        trim._lengthBytes = lengthBytes;
        trim._retries = 0;
        trim.Start();
        return trim.Task;
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        _reactor = null!;
        _file = null!;
        _pool.Return(this);
    }

    // A run of a blob may lie in several extents.
    private void Start()
    {
        long offset = _file.Locate(_offsetBytes, _lengthBytes, out _askedBytes);
        if (_askedBytes <= 0)
        {
            Complete(DerCode.Io);
            return;
        }

        _reactor.TrimFile(_file.Descriptor, offset, _askedBytes, _step);
    }

    private void OnResult(int result)
    {
        if (result is -Errno.Interrupted or -Errno.Again && _retries++ < RetriesMax)
        {
            Start();
            return;
        }

        if (result >= 0 && _askedBytes < _lengthBytes)
        {
            _offsetBytes += _askedBytes;
            _lengthBytes -= _askedBytes;
            Start();
            return;
        }

        Complete(result >= 0 ? DerCode.Success : result == -Errno.NotSupported ? DerCode.NotSupported : FileErrors.ToCode(result));
    }

    private sealed class Step(FileTrim trim) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => trim.OnResult(result);
    }
}
