namespace Daos.Fabric.Store.Media;

/// <summary>
/// What the shards on one device met of it: errors, and how long it took. Shared by all shards of a target that lie on the device; owned
/// by the target's owner thread. Counters only grow; a new device starts with a new object.
/// </summary>
public sealed class DeviceHealth
{
    private LatencySummary _reads;
    private LatencySummary _writes;
    private LatencySummary _flushes;

    /// <summary>Reads that failed: EIO, or the file ended before.</summary>
    public long ReadErrors { get; private set; }

    /// <summary>Writes that failed. One for want of space is none: the device did what it should.</summary>
    public long WriteErrors { get; private set; }

    /// <summary>Flushes that failed. Each stops its shard.</summary>
    public long FlushErrors { get; private set; }

    /// <summary>Stored chunks that did not fit their checksum when they were read, each as often as it was.</summary>
    public long ChecksumErrors { get; private set; }

    /// <summary>Failed reads, writes and flushes together: what a limit on I/O errors is about.</summary>
    public long IoErrors => ReadErrors + WriteErrors + FlushErrors;

    /// <summary>How long reads took.</summary>
    public LatencySummary Reads => _reads;

    /// <summary>How long writes took, those of the log included.</summary>
    public LatencySummary Writes => _writes;

    /// <summary>How long flushes took.</summary>
    public LatencySummary Flushes => _flushes;

    /// <summary>Called after each error, within the operation that met it. It must return at once.</summary>
    public Action? OnError { get; set; }

    internal void NoteRead(DerCode code, long tookNs)
    {
        _reads.Add(tookNs);
        if (IsFailure(code))
        {
            ReadErrors++;
            OnError?.Invoke();
        }
    }

    internal void NoteWrite(DerCode code, long tookNs)
    {
        _writes.Add(tookNs);
        if (IsFailure(code))
        {
            WriteErrors++;
            OnError?.Invoke();
        }
    }

    internal void NoteFlush(DerCode code, long tookNs)
    {
        _flushes.Add(tookNs);
        if (IsFailure(code))
        {
            FlushErrors++;
            OnError?.Invoke();
        }
    }

    internal void NoteChecksumError()
    {
        ChecksumErrors++;
        OnError?.Invoke();
    }

    // What was cancelled, or found no room, says nothing about the device.
    private static bool IsFailure(DerCode code) => code.IsError && code != DerCode.NoSpace && code != DerCode.Canceled;
}
