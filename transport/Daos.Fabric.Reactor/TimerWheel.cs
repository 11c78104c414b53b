using System.Numerics;

namespace Daos.Fabric.Reactor;

/// <summary>
/// The timers of one reactor: eight levels of 64 buckets, where a bucket of level n spans 64^n ticks of 16.384 us. Arming, moving and
/// disarming cost a few pointer writes and allocate nothing. A timer never runs early and, in a loop that turns, runs at most one tick
/// late. Timers of different ticks run in the order of their ticks; inside a tick in the order in which their bucket received them, which
/// is a pure function of the calls made. Owned by one owner thread.
/// </summary>
public sealed class TimerWheel
{
    /// <summary>Length of a tick in nanoseconds.</summary>
    public const long TickNs = 1L << TickBits;

    /// <summary>The latest due time that is told apart, in ns: 146 years after the clock's start.</summary>
    public const long DueMaxNs = (1L << 62) - TickNs;

    private const int TickBits = 14;
    private const int LevelBits = 6;
    private const int LevelSlots = 1 << LevelBits;
    private const int LevelCount = 8;

    // The two buckets after the wheel's own: due at the next call, and being run by the current one.
    private const int DueBucket = LevelCount * LevelSlots;
    private const int RunningBucket = DueBucket + 1;

    private readonly List[] _buckets = new List[RunningBucket + 1];
    private readonly ulong[] _occupied = new ulong[LevelCount];
    private long _elapsedTicks;

    /// <param name="nowNs">The clock's monotonic time now.</param>
    public TimerWheel(long nowNs) => _elapsedTicks = nowNs >> TickBits;

    /// <summary>Timers armed now.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// A time before which <see cref="Advance"/> has nothing to do, <see cref="long.MaxValue"/> when no timer is armed. For a distant
    /// timer it is the time at which its bucket is opened, which lies before its due time.
    /// </summary>
    public long NextDueNs
    {
        get
        {
            if (_buckets[DueBucket].Head is not null)
            {
                return _elapsedTicks << TickBits;
            }

            return TryFindNext(out _, out long tick) ? tick << TickBits : long.MaxValue;
        }
    }

    /// <summary>Arms a timer; an armed one is moved. A time in the past means the next <see cref="Advance"/>.</summary>
    public void Arm(TimerNode timer, long dueNs)
    {
        Disarm(timer);
        timer.DueNs = dueNs;
        Count++;
        Insert(timer);
    }

    /// <summary>Disarms a timer; nothing happens when it is not armed.</summary>
    public void Disarm(TimerNode timer)
    {
        if (timer.IsArmed)
        {
            Unlink(timer);
            Count--;
        }
    }

    /// <summary>Runs every timer that is due and returns how many ran. A timer armed meanwhile for the past runs at the next call.</summary>
    public int Advance(long nowNs)
    {
        long nowTicks = nowNs >> TickBits;
        if (nowTicks > _elapsedTicks)
        {
            OpenBuckets(nowTicks);
        }

        return _buckets[DueBucket].Head is null ? 0 : RunDue();
    }

    private void OpenBuckets(long nowTicks)
    {
        while (TryFindNext(out int bucket, out long tick) && tick <= nowTicks)
        {
            _elapsedTicks = tick;
            while (_buckets[bucket].Head is { } timer)
            {
                // Into a bucket of a lower level, or into the due list.
                Unlink(timer);
                Insert(timer);
            }
        }

        _elapsedTicks = nowTicks;
    }

    private int RunDue()
    {
        while (_buckets[DueBucket].Head is { } timer)
        {
            Unlink(timer);
            Append(timer, RunningBucket);
        }

        int ran = 0;
        while (_buckets[RunningBucket].Head is { } timer)
        {
            Unlink(timer);
            Count--;
            ran++;
            timer.Expire();
        }

        return ran;
    }

    // Every armed timer of a level lies in a bucket after the current one of that level, and under the same bucket of all higher levels.
    // The first occupied bucket of the lowest occupied level is therefore the next one.
    private bool TryFindNext(out int bucket, out long tick)
    {
        for (int level = 0; level < LevelCount; level++)
        {
            if (_occupied[level] != 0)
            {
                int slot = BitOperations.TrailingZeroCount(_occupied[level]);
                int shift = level * LevelBits;
                bucket = (level * LevelSlots) + slot;
                tick = (_elapsedTicks >> (shift + LevelBits) << (shift + LevelBits)) | ((long)slot << shift);
                return true;
            }
        }

        bucket = -1;
        tick = 0;
        return false;
    }

    private void Insert(TimerNode timer)
    {
        long tick = (Math.Min(timer.DueNs, DueMaxNs) + TickNs - 1) >> TickBits;
        if (tick <= _elapsedTicks)
        {
            Append(timer, DueBucket);
            return;
        }

        int highestDifferentBit = BitOperations.Log2((ulong)(tick ^ _elapsedTicks));
        int level = highestDifferentBit / LevelBits;
        int slot = (int)(tick >> (level * LevelBits)) & (LevelSlots - 1);
        _occupied[level] |= 1UL << slot;
        Append(timer, (level * LevelSlots) + slot);
    }

    private void Append(TimerNode timer, int bucket)
    {
        ref List list = ref _buckets[bucket];
        timer.Bucket = bucket;
        timer.Previous = list.Tail;
        if (list.Tail is null)
        {
            list.Head = timer;
        }
        else
        {
            list.Tail.Next = timer;
        }

        list.Tail = timer;
    }

    private void Unlink(TimerNode timer)
    {
        ref List list = ref _buckets[timer.Bucket];
        if (timer.Previous is null)
        {
            list.Head = timer.Next;
        }
        else
        {
            timer.Previous.Next = timer.Next;
        }

        if (timer.Next is null)
        {
            list.Tail = timer.Previous;
        }
        else
        {
            timer.Next.Previous = timer.Previous;
        }

        if (list.Head is null && timer.Bucket < DueBucket)
        {
            _occupied[timer.Bucket / LevelSlots] &= ~(1UL << (timer.Bucket % LevelSlots));
        }

        timer.Previous = null;
        timer.Next = null;
        timer.Bucket = -1;
    }

    private struct List
    {
        public TimerNode? Head;
        public TimerNode? Tail;
    }
}
