using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// A file of a shard: exact reads and writes, shared flushes. A failed write or flush of what the shard needs stops the shard. Owned by
/// one owner thread.
/// </summary>
internal sealed class MediaFile
{
    private readonly OwnerLoop _loop;
    private readonly FlushGroup _flushes;
    private readonly DeviceHealth? _health;
    private int _underWay;

    /// <param name="loop">Owner.</param>
    /// <param name="handle">Open for direct I/O.</param>
    /// <param name="path">For messages.</param>
    /// <param name="onFlushFailure">Stops the shard.</param>
    /// <param name="health">Hears how each operation ended and how long it took; null for nobody.</param>
    internal MediaFile(OwnerLoop loop, MediaHandle handle, string path, Action<DerCode> onFlushFailure, DeviceHealth? health = null)
    {
        _loop = loop;
        Handle = handle;
        Path = path;
        _health = health;
        _flushes = new FlushGroup(loop, handle.Descriptor, onFlushFailure, health);
    }

    /// <summary>Owner.</summary>
    internal OwnerLoop Loop => _loop;

    /// <summary>For messages.</summary>
    internal string Path { get; }

    /// <summary>The open file, or the part of a device.</summary>
    internal MediaHandle Handle { get; }

    /// <summary>How many bytes it has room for. Blocks: start-up and growth only.</summary>
    internal DerResult<long> Length => Handle.Blob is { } blob ? blob.LengthBytes : _loop.Reactor.Files.Length(Handle.Descriptor);

    /// <summary>Bytes read.</summary>
    internal long ReadBytes { get; private set; }

    /// <summary>Bytes written.</summary>
    internal long WrittenBytes { get; private set; }

    /// <summary>Flushes started.</summary>
    internal long FlushCount => _flushes.Count;

    /// <summary>True while the kernel may touch memory or a flush is wanted.</summary>
    internal bool IsBusy => _underWay > 0 || _flushes.IsBusy;

    /// <summary>Reads exactly; address, length and offset are multiples of 4 KiB. DER_IO.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> ReadAsync(nint destination, int lengthBytes, long offsetBytes)
    {
        _underWay++;
        ReadBytes += lengthBytes;
        long startNs = _loop.NowNs;
        DerCode code = await FileTransfer.ReadAsync(_loop, Handle, destination, lengthBytes, offsetBytes);
        _underWay--;
        _health?.NoteRead(code, _loop.NowNs - startNs);
        return code;
    }

    /// <summary>Writes exactly; alignment as above. DER_NOSPACE, DER_IO.</summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<DerCode> WriteAsync(nint source, int lengthBytes, long offsetBytes, WriteMode mode = WriteMode.Plain)
    {
        _underWay++;
        WrittenBytes += lengthBytes;
        long startNs = _loop.NowNs;
        DerCode code = await FileTransfer.WriteAsync(_loop, Handle, source, lengthBytes, offsetBytes, mode);
        _underWay--;
        _health?.NoteWrite(code, _loop.NowNs - startNs);
        return code;
    }

    /// <summary>Makes room for so many bytes; DER_NOSPACE where a device or blob ends. Blocks: growth only.</summary>
    internal DerCode Grow(long lengthBytes) =>
        Handle.Blob is not { } blob ? _loop.Reactor.Files.Grow(Handle.Descriptor, lengthBytes)
        : lengthBytes <= blob.LengthBytes ? DerCode.Success
        : DerCode.NoSpace;

    /// <summary>Makes every write durable that completed before the call; one flush serves all callers of a turn.</summary>
    internal ValueTask<DerCode> FlushAsync() => _flushes.FlushAsync();

    /// <summary>Called at the end of each turn.</summary>
    internal void SubmitFlush() => _flushes.Submit();
}
