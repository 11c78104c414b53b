namespace Daos.Fabric.Rpc;

/// <summary>Limits of the message layer, each with unit and reason.</summary>
public static class RpcLimits
{
    /// <summary>Memory ranges that one call may expose: a value list and its continuation need two; four leaves room.</summary>
    public const int ExposedMax = 4;

    /// <summary>Calls that one context may have rented: the slot number in a call's id has 16 bits.</summary>
    public const int CallsMax = 1 << 16;

    /// <summary>Bytes between the frame and a request's payload at most: header and modification info.</summary>
    public const int HeadBytesMax = Wire.RpcHeaderWire.SizeBytes + Wire.ModificationWire.SizeBytes;

    /// <summary>The longest deadline that is shipped, in ms (DAOS: an hour).</summary>
    public const uint DeadlineMsMax = 3_600_000;

    /// <summary>The hint in an overload answer, in ms: a queue of thousands of requests is gone by then.</summary>
    public const uint OverloadRetryMs = 10;

    /// <summary>How long statistics are collected from other threads before those that did not answer are left out, in ns.</summary>
    public const long StatisticsWaitNs = 1_000_000_000;

    /// <summary>Versions of one module that an engine speaks at once: the newest and its predecessor (DAOS_MAX_PROTOCOLS).</summary>
    public const int VersionsMax = 2;
}
