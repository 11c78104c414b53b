using Daos.Fabric.Rpc;

namespace Daos.Fabric.Client;

/// <summary>Every bound of the client, with unit and reason.</summary>
public static class ClientLimits
{
    /// <summary>Longest dkey or akey in bytes; a longer one is DER_KEY2BIG.</summary>
    public const int KeyBytesMax = 4096;

    /// <summary>
    /// Calls of foreign threads that one context carries at once. Each holds one request buffer; the next caller waits for a free one.
    /// </summary>
    public const int OperationsMax = 1024;

    /// <summary>How long a system that is being closed tries to give handles back, in ns: an engine that is there needs some milliseconds.</summary>
    internal const long GiveBackNs = 2_000_000_000;

    /// <summary>The shortest attempt: below it a connection is not even tried.</summary>
    internal static readonly TimeSpan AttemptMin = TimeSpan.FromMilliseconds(1);

    /// <summary>The longest attempt: requests carry their time to live, and no engine takes a longer one.</summary>
    internal static readonly TimeSpan AttemptMax = TimeSpan.FromMilliseconds(RpcLimits.DeadlineMsMax);

    /// <summary>Callers that may wait for a free operation; the next one fails with DER_AGAIN.</summary>
    public const int WaitersMax = 4096;

    /// <summary>Modifications between the oldest unanswered and the newest, per target: what the engine keeps results for.</summary>
    public const int SequenceWindow = 4096;

    /// <summary>Targets of one pool.</summary>
    public const int TargetsMax = 1024;

    /// <summary>Smallest class of large buffers, in bytes.</summary>
    public const int LargeBufferBytesMin = 64 * 1024;

    /// <summary>Largest single value or array piece that one call moves, in bytes.</summary>
    public const int TransferBytesMax = 64 * 1024 * 1024;

    /// <summary>
    /// Further attempts at a value that did not fit its checksums when it arrived: what happened on the way does not happen often, what was
    /// broken before stays broken.
    /// </summary>
    public const int ChecksumRetriesMax = 3;

    /// <summary>Pieces of one array call under way at once.</summary>
    public const int ArrayPiecesInFlight = 16;
}
