namespace Daos.Fabric.Rpc;

/// <summary>Limits of the message layer, each with unit and reason.</summary>
public static class RpcLimits
{
    /// <summary>
    /// Memory ranges that one call may expose, one per segment and connection: a list of 64 segments for four ranks, or of 8 for a stripe
    /// of 32.
    /// </summary>
    public const int ExposedMax = 256;

    /// <summary>Calls that one context may have rented: the slot number in a call's id has 16 bits.</summary>
    public const int CallsMax = 1 << 16;

    /// <summary>Bytes between the frame and a request's payload at most: header, place and modification info.</summary>
    public const int HeadBytesMax = Wire.RpcHeaderWire.SizeBytes + Wire.PlaceWire.SizeBytes + Wire.ModificationWire.SizeBytes;

    /// <summary>The longest deadline that is shipped, in ms (DAOS: an hour).</summary>
    public const uint DeadlineMsMax = 3_600_000;

    /// <summary>The hint in an overload answer, in ms: a queue of thousands of requests is gone by then.</summary>
    public const uint OverloadRetryMs = 10;

    /// <summary>How long statistics are collected from other threads before those that did not answer are left out, in ns.</summary>
    public const long StatisticsWaitNs = 1_000_000_000;

    /// <summary>Versions of one module that an engine speaks at once: the newest and its predecessor (DAOS_MAX_PROTOCOLS).</summary>
    public const int VersionsMax = 2;

    /// <summary>The longest hint in an overload answer, in ms.</summary>
    public const uint OverloadRetryMsMax = 1_000;

    /// <summary>Places that an overloaded context keeps, count: as many requests as its slots take, once more.</summary>
    public const int OverloadPlacesMax = 4096;

    /// <summary>A place in an overloaded context's queue is kept for this many times the hint that its owner heard.</summary>
    public const int OverloadPatience = 4;

    /// <summary>
    /// One slot of this many is kept for requests that were sent away before; the rest is open to all, so that owners of places who do not
    /// come back cost little.
    /// </summary>
    public const int OverloadReserveDivisor = 8;

    /// <summary>Ranks that are asked for another rank's address before the lookup fails (CaRT: 8).</summary>
    public const int UriLookupAttemptsMax = 8;

    /// <summary>Addresses that a context keeps, count: 4,096 engines of 16 tags.</summary>
    public const int UrisCachedMax = 1 << 16;

    /// <summary>Bulk regions of one context in use, count: the full credits of 64 endpoints with one region each.</summary>
    public const int BulkRegionsMax = 1 << 14;

    /// <summary>Bytes that one piece of a bulk transfer moves at most: an abort waits for no more than the pieces under way.</summary>
    public const int BulkPieceBytes = 1 << 20;

    /// <summary>Pieces of one transfer under way, count: hides a round trip without filling the connection's table of 256.</summary>
    public const int BulkPiecesAtOnce = 4;

    /// <summary>The longest payload of a request or reply, in bytes (CaRT: 64 MiB).</summary>
    public const int PayloadBytesMax = 64 << 20;
}
