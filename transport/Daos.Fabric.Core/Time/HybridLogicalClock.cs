using Daos.Fabric.Core.Errors;

namespace Daos.Fabric.Core.Time;

/// <summary>
/// DAOS's hybrid logical clock: 64 bits in units of 1/16 ns since 2021-01-01 UTC, of which the low 18 bits count events inside one
/// physical tick (16.384 us). One per engine; any thread (compare-and-swap). Values given out never exceed the ceiling that was made
/// durable, so that a restart can open above everything given out before.
/// </summary>
public sealed class HybridLogicalClock
{
    /// <summary>Units per nanosecond.</summary>
    public const int UnitsPerNs = 16;

    /// <summary>2021-01-01 UTC as Unix nanoseconds.</summary>
    public const long StartUnixNs = 1_609_459_200_000_000_000;

    /// <summary>The largest clock offset between nodes that is tolerated (1 s), in clock units.</summary>
    public const ulong EpsilonUnits = 1_000_000_000UL * UnitsPerNs;

    private const ulong LogicalMask = (1UL << 18) - 1;

    private readonly IClock _clock;
    private ulong _last;
    private ulong _ceiling = ulong.MaxValue;

    /// <param name="clock">Where physical time comes from.</param>
    public HybridLogicalClock(IClock clock) => _clock = clock;

    /// <summary>The largest value that may be given out; set once it is durable. Unlimited until first set.</summary>
    public ulong Ceiling
    {
        get => Volatile.Read(ref _ceiling);
        set => Volatile.Write(ref _ceiling, value);
    }

    /// <summary>The newest value given out or merged.</summary>
    public ulong Last => Volatile.Read(ref _last);

    /// <summary>Physical time in clock units, logical bits zero.</summary>
    public ulong Physical => FromUnixNs(_clock.UnixNs) & ~LogicalMask;

    /// <summary>Converts Unix nanoseconds to clock units.</summary>
    public static ulong FromUnixNs(long unixNs) => unixNs <= StartUnixNs ? 0 : (ulong)(unixNs - StartUnixNs) * UnitsPerNs;

    /// <summary>Converts clock units to Unix nanoseconds.</summary>
    public static long ToUnixNs(ulong hlc) => (long)(hlc / UnitsPerNs) + StartUnixNs;

    /// <summary>
    /// Mints a value above every earlier one; DER_AGAIN when the durable ceiling must be raised first.
    /// </summary>
    public DerCode TryNext(out ulong hlc)
    {
        ulong physical = Physical;
        while (true)
        {
            ulong last = Volatile.Read(ref _last);
            ulong next = physical > last ? physical : last + 1;
            if (next > Ceiling)
            {
                hlc = 0;
                return DerCode.Again;
            }

            if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                hlc = next;
                return DerCode.Success;
            }
        }
    }

    /// <summary>
    /// Takes over a value heard from another node, so that later values are above it; DER_HLC_SYNC when it is ahead of the local
    /// clock by more than <see cref="EpsilonUnits"/>, and then nothing changes.
    /// </summary>
    public DerCode Merge(ulong heard)
    {
        if (heard <= Volatile.Read(ref _last))
        {
            return DerCode.Success;
        }

        if (heard > Physical && heard - Physical > EpsilonUnits)
        {
            return DerCode.HlcSync;
        }

        Raise(heard);
        return DerCode.Success;
    }

    /// <summary>Opens above a value read from media: everything given out from now on is greater.</summary>
    public void Raise(ulong floor)
    {
        ulong last = Volatile.Read(ref _last);
        while (floor > last)
        {
            ulong seen = Interlocked.CompareExchange(ref _last, floor, last);
            if (seen == last)
            {
                return;
            }

            last = seen;
        }
    }
}
