namespace Daos.Fabric.Xstreams;

/// <summary>Every bound of this project, with its unit and reason.</summary>
internal static class Limits
{
    /// <summary>A ULT slice above this many ns is reported by name (DAOS: 32 ms).</summary>
    internal const long SliceMaxNs = 32_000_000;

    /// <summary>Items that share one reading of the clock: a reading costs about as much as a short item.</summary>
    internal const int ItemsPerReading = 16;

    /// <summary>Items timed one by one after a slow group, so that a repeated offender is named alone.</summary>
    internal const int ItemsTimedAfterSlow = 4096;

    /// <summary>Calls under way from one xstream to another; more wait at home. Deep enough to cover one turn's latency.</summary>
    internal const int CallsPerPair = 512;

    /// <summary>Calls that wait at home before their queue first grows, so that it hardly ever does.</summary>
    internal const int HeldFirst = 128;

    /// <summary>Slots of one mailbox: the calls of one side and the answers to the other side's calls, so that neither ever finds it full.</summary>
    internal const int MailboxSlots = 2 * CallsPerPair;

    /// <summary>Xstreams of one engine: with more, looking at every mailbox each turn would cost too much.</summary>
    internal const int XstreamsMax = 128;
}
