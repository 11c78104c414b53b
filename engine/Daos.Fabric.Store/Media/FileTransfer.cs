using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// One read or write of a file, awaited by its owner thread. A short transfer goes on with the rest, as files allow; the memory belongs
/// to the kernel until the task completes. Pooled per owner thread.
/// </summary>
internal sealed unsafe class FileTransfer : PooledOperation<DerCode>
{
    // EINTR and EAGAIN are repeated so often, then they count as failures of the device.
    private const int RetriesMax = 100;

    private readonly OwnerPool<FileTransfer> _pool;
    private readonly Step _step;
    private Reactor.Reactor _reactor = null!;
    private MediaHandle _file = null!;
    private byte* _memory;
    private int _leftBytes;
    private int _askedBytes;
    private long _offsetBytes;
    private int _retries;
    private bool _isWrite;
    private WriteMode _mode;

    private FileTransfer(OwnerPool<FileTransfer> pool)
    {
        _pool = pool;
        _step = new Step(this);
    }

    /// <summary>Reads exactly so many bytes. DER_IO when the file ends before or the device fails.</summary>
    internal static ValueTask<DerCode> ReadAsync(OwnerLoop loop, MediaHandle file, nint destination, int lengthBytes, long offsetBytes)
    {
        FileTransfer transfer = Rent(loop, file, destination, lengthBytes, offsetBytes);
        transfer._isWrite = false;
        transfer.Start();
        return transfer.Task;
    }

    /// <summary>Writes exactly so many bytes. DER_NOSPACE or DER_IO.</summary>
    internal static ValueTask<DerCode> WriteAsync(
        OwnerLoop loop, MediaHandle file, nint source, int lengthBytes, long offsetBytes, WriteMode mode)
    {
        FileTransfer transfer = Rent(loop, file, source, lengthBytes, offsetBytes);
        transfer._isWrite = true;
        transfer._mode = mode;
        transfer.Start();
        return transfer.Task;
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        _reactor = null!;
        _file = null!;
        _memory = null;
        _pool.Return(this);
    }

    private static FileTransfer Rent(OwnerLoop loop, MediaHandle file, nint memory, int lengthBytes, long offsetBytes)
    {
        OwnerPool<FileTransfer> pool = OwnerPool<FileTransfer>.Of(loop);
        FileTransfer transfer = pool.Rent(pool, static home => new FileTransfer(home));
        transfer.Begin(loop);
        transfer._reactor = loop.Reactor;
        transfer._file = file;
        transfer._memory = (byte*)memory;
        transfer._leftBytes = lengthBytes;
        transfer._offsetBytes = offsetBytes;
        transfer._retries = 0;
        return transfer;
    }

    // What crosses from one extent of a blob to the next goes on there, as after a short transfer.
    private void Start()
    {
        long offset = _file.Locate(_offsetBytes, _leftBytes, out long here);
        _askedBytes = (int)here;
        if (here <= 0)
        {
            Complete(_isWrite ? DerCode.NoSpace : DerCode.Io);
        }
        else if (_isWrite)
        {
            _reactor.WriteFile(_file.Descriptor, _memory, _askedBytes, offset, _mode, _step);
        }
        else
        {
            _reactor.ReadFile(_file.Descriptor, _memory, _askedBytes, offset, _step);
        }
    }

    private void OnResult(int result)
    {
        if (result is -Errno.Interrupted or -Errno.Again && _retries++ < RetriesMax)
        {
            Start();
            return;
        }

        // Direct I/O goes on at a block; a transfer of less than a block made no progress.
        int done = result >= _askedBytes ? result : result & -DataExtent.BlockBytes;
        if (result <= 0 || done <= 0)
        {
            Complete(result < 0 ? FileErrors.ToCode(result) : DerCode.Io);
            return;
        }

        _memory += done;
        _offsetBytes += done;
        _leftBytes -= done;
        if (_leftBytes > 0)
        {
            Start();
            return;
        }

        Complete(DerCode.Success);
    }

    private sealed class Step(FileTransfer transfer) : ReactorOperation
    {
        protected override void Complete(int result, bool more) => transfer.OnResult(result);
    }
}
