using Daos.Fabric.Reactor;

namespace Daos.Fabric.Store.Media;

/// <summary>
/// A file of a shard: exact reads and writes, shared flushes. A failed write or flush of what the shard needs stops the shard. Owned by
/// one owner thread.
/// </summary>
internal sealed class MediaFile
{
    private readonly OwnerLoop _loop;
    private readonly int _descriptor;
    private readonly FlushGroup _flushes;
    private readonly DeviceHealth? _health;
    private int _underWay;

    /// <param name="loop">Owner.</param>
    /// <param name="descriptor">Open for direct I/O; owned from now on.</param>
    /// <param name="path">For messages.</param>
    /// <param name="onFlushFailure">Stops the shard.</param>
    /// <param name="health">Hears how each operation ended and how long it took; null for nobody.</param>
    internal MediaFile(OwnerLoop loop, int descriptor, string path, Action<DerCode> onFlushFailure, DeviceHealth? health = null)
    {
        _loop = loop;
        _descriptor = descriptor;
        Path = path;
        _health = health;
        _flushes = new FlushGroup(loop, descriptor, onFlushFailure, health);
    }

    /// <summary>Owner.</summary>
    internal OwnerLoop Loop => _loop;

    /// <summary>For messages.</summary>
    internal string Path { get; }

    /// <summary>The open file.</summary>
    internal int Descriptor => _descriptor;

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
        DerCode code = await FileTransfer.ReadAsync(_loop, _descriptor, destination, lengthBytes, offsetBytes);
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
        DerCode code = await FileTransfer.WriteAsync(_loop, _descriptor, source, lengthBytes, offsetBytes, mode);
        _underWay--;
        _health?.NoteWrite(code, _loop.NowNs - startNs);
        return code;
    }

    /// <summary>Makes every write durable that completed before the call; one flush serves all callers of a turn.</summary>
    internal ValueTask<DerCode> FlushAsync() => _flushes.FlushAsync();

    /// <summary>Called at the end of each turn.</summary>
    internal void SubmitFlush() => _flushes.Submit();
}
