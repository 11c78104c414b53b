using Daos.Fabric.Core.Faults;

namespace Daos.Fabric.Rpc;

/// <summary>Limits and identity of a context. Immutable.</summary>
public sealed record RpcOptions
{
    /// <summary>Given to every provider that the context opens.</summary>
    public required TransportOptions Transport { get; init; }

    /// <summary>Calls in flight to one endpoint at most; more wait in order (DAOS: CRT_CREDIT_EP_CTX, at most 256).</summary>
    public int CreditsPerEndpoint { get; init; } = 256;

    /// <summary>
    /// Calls in flight of this context to all endpoints together; more wait, endpoint by endpoint (DAOS: D_QUOTA_RPCS, 64). Here a context
    /// may use the full credits of 16 endpoints.
    /// </summary>
    public int CallsInFlightMax { get; init; } = 4096;

    /// <summary>
    /// Ranges of memory that this context's calls expose at once; calls that reserve more wait, others are refused (DAOS: D_QUOTA_BULKS,
    /// 64 handles).
    /// </summary>
    public int RangesExposedMax { get; init; } = 16_384;

    /// <summary>
    /// Payloads up to this length travel in the message, longer ones one-sided, for calls that leave the choice to the call (DAOS:
    /// DAOS_RPC_SIZE, 20 KiB), in bytes.
    /// </summary>
    public int EagerBytesMax { get; init; } = 20 * 1024;

    /// <summary>Memory for payloads of requests that do not fit a message, in bytes; above it a peer hears DER_OVERLOAD_RETRY.</summary>
    public long StagingBytesMax { get; init; } = 256 << 20;

    /// <summary>The tags that this context serves: a request for another one is answered DER_BAD_TARGET. Null for any.</summary>
    public IReadOnlyList<ushort>? Tags { get; init; }

    /// <summary>Requests that this context handles at once; a peer above it hears DER_OVERLOAD_RETRY.</summary>
    public int RequestSlots { get; init; } = 4096;

    /// <summary>
    /// Requests of one connection handled at once; a peer above it hears DER_OVERLOAD_RETRY. Half of the slots: the full credits of eight
    /// tags that share a connection, and no peer alone can take all slots.
    /// </summary>
    public int RequestsPerConnectionMax { get; init; } = 2048;

    /// <summary>How long a connection attempt may take, in ns.</summary>
    public long ConnectTimeoutNs { get; init; } = 5_000_000_000;

    /// <summary>How long one question for an address may take, in ns.</summary>
    public long UriLookupTimeoutNs { get; init; } = 5_000_000_000;

    /// <summary>The deadline of a call that names none, from its admission, in ns (DAOS: 60 s).</summary>
    public long CallTimeoutNs { get; init; } = 60_000_000_000;

    /// <summary>What the contexts of one process share; null for a context on its own.</summary>
    public RpcNode? Node { get; init; }

    /// <summary>Answer the self-test module (echo and bulk). Its buffer costs nothing until it is used.</summary>
    public bool SelfTest { get; init; } = true;

    /// <summary>Memory that the self-test's bulk operations read and write, in bytes.</summary>
    public long SelfTestBufferBytes { get; init; } = 128 << 20;

    /// <summary>Faults of this node, or null.</summary>
    public FaultRegistry? Faults { get; init; }

    /// <summary>Throws with the option's name, value and range when one is out of range.</summary>
    public void Validate()
    {
        Check(nameof(CreditsPerEndpoint), CreditsPerEndpoint, 1, 4096);
        Check(nameof(CallsInFlightMax), CallsInFlightMax, 1, 1 << 16);
        Check(nameof(RangesExposedMax), RangesExposedMax, RpcLimits.ExposedMax, 1 << 20);
        Check(nameof(UriLookupTimeoutNs), UriLookupTimeoutNs, 1_000_000, 3_600_000_000_000);
        Check(nameof(EagerBytesMax), EagerBytesMax, 0, Transport.MessageBytesMax - RpcLimits.HeadBytesMax - Wire.LargePayloadWire.SizeBytes);
        Check(nameof(StagingBytesMax), StagingBytesMax, 2L * RpcLimits.PayloadBytesMax, 1L << 40);
        Check(nameof(RequestSlots), RequestSlots, 1, 1 << 16);
        Check(nameof(RequestsPerConnectionMax), RequestsPerConnectionMax, 1, 1 << 16);
        Check(nameof(ConnectTimeoutNs), ConnectTimeoutNs, 1_000_000, 3_600_000_000_000);
        Check(nameof(CallTimeoutNs), CallTimeoutNs, 1_000_000, 3_600_000_000_000);
        Check(nameof(SelfTestBufferBytes), SelfTestBufferBytes, 4096, 1L << 34);
    }

    private static void Check(string name, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {min} to {max}");
        }
    }
}
