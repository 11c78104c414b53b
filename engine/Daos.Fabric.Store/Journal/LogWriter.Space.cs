using Daos.Fabric.Store.Format;
using Daos.Fabric.Store.Media;

namespace Daos.Fabric.Store.Journal;

/// <summary>Room: admission of updates, the ring's start, who waits.</summary>
internal sealed unsafe partial class LogWriter
{
    private int _transactionBytesMax;
    private int _worstBlocks;
    private int _worstBytes;
    private bool _isPaused;
    private LogWaiterList _roomWaiters;
    private ulong _start;

    /// <summary>Bytes of the ring from the last complete checkpoint's start to the end of the open block.</summary>
    internal long UsedBytes => (long)((_isOpen ? OpenBlock.EndPosition : _next) - _start);

    /// <summary>Updates that wait for room.</summary>
    internal int RoomWaiterCount => _roomWaiters.Count;

    /// <summary>Times that an update had to wait for room.</summary>
    internal long RoomWaits { get; private set; }

    /// <summary>Called when the log passed the share at which a checkpoint starts.</summary>
    internal Action? OnPressure { get; set; }

    /// <inheritdoc/>
    internal override DerCode Admit()
    {
        if (_refused.IsError)
        {
            return _refused;
        }

        long usedBytes = UsedBytes;
        if (usedBytes * 100 > Geometry.RingBytes * _options.CheckpointLogPercent)
        {
            OnPressure?.Invoke();
        }

        bool hasRoom = !_isPaused && Geometry.RingBytes - usedBytes >= _worstBytes && _blocks.Length - (_last - _first) >= _worstBlocks;
        return hasRoom ? DerCode.Success : DerCode.Again;
    }

    /// <inheritdoc/>
    internal override ValueTask<DerCode> AdmitAsync()
    {
        // Who comes later does not overtake those that wait.
        DerCode code = Admit();
        if (code.IsSuccess && _roomWaiters.Count > 0)
        {
            code = DerCode.Again;
        }

        if (code != DerCode.Again)
        {
            return new ValueTask<DerCode>(code);
        }

        RoomWaits++;
        LogWaiter waiter = LogWaiter.Rent(_loop);
        _roomWaiters.Add(waiter);
        return waiter.Task;
    }

    /// <summary>A checkpoint that needs the log from this position on is complete: what lies before may be overwritten.</summary>
    internal void Trim(ulong start)
    {
        Invariant.Check(start >= _start && start <= _stable);
        PersistProbe.Reach(_options.OnPersist, PersistPoint.BeforeLogTrim);
        _start = start;
        PersistProbe.Reach(_options.OnPersist, PersistPoint.AfterLogTrim);
        WakeAdmitted();
    }

    /// <summary>Lets nobody begin until <see cref="Resume"/>; they wait.</summary>
    internal void Pause() => _isPaused = true;

    /// <summary>Goes on.</summary>
    internal void Resume()
    {
        _isPaused = false;
        WakeAdmitted();
    }

    /// <summary>
    /// Goes on in a larger ring. Paused, everything is stable and a checkpoint needs nothing of it, and the superblock says so durably.
    /// </summary>
    internal void Adopt(LogGeometry geometry, ulong generation)
    {
        Invariant.Check(_isPaused && !IsWriting && (!_isOpen || OpenBlock.PayloadBytes == 0));
        Invariant.Check(_start == _next && _stable == _next);
        Geometry = geometry;
        _generation = generation;
        ComputeLimits();
    }

    /// <summary>Lets those who wait go on when there is room, and asks for a checkpoint when there is not.</summary>
    internal void WakeAdmitted()
    {
        if (_roomWaiters.Count > 0 && Admit().IsSuccess)
        {
            _roomWaiters.FinishAll(DerCode.Success);
        }
    }

    // One transaction takes at most a quarter of the ring and half of the blocks.
    private void ComputeLimits()
    {
        long byRing = (Geometry.RingBytes / 4) - (4 * (LogBlockDf.SizeBytes + LogBlockDf.AlignBytes));
        long byBlocks = (long)Geometry.PayloadBytesMax * Math.Max(1, (_options.LogBlockCount / 2) - 2);
        _transactionBytesMax = (int)Math.Min(StoreLimits.TransactionBytesMax, Math.Min(byRing, byBlocks));
        _worstBlocks = (_transactionBytesMax / Geometry.PayloadBytesMax) + 2;
        _worstBytes = _transactionBytesMax + (_worstBlocks * (LogBlockDf.SizeBytes + LogBlockDf.AlignBytes));
    }
}
