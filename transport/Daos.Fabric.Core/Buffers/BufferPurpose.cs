namespace Daos.Fabric.Core.Buffers;

/// <summary>Who rented a buffer; a leak report lists it.</summary>
public enum BufferPurpose : byte
{
    /// <summary>In the pool.</summary>
    None,

    /// <summary>A connection's receive segment.</summary>
    Receive,

    /// <summary>A connection's send segment.</summary>
    Send,

    /// <summary>A bulk transfer.</summary>
    Bulk,

    /// <summary>Data on its way to or from media.</summary>
    Media,

    /// <summary>A log block under construction.</summary>
    Log,

    /// <summary>A checkpoint page.</summary>
    Checkpoint,

    /// <summary>A caller's key or value, copied.</summary>
    Eager,

    /// <summary>A value handed to the application.</summary>
    Value,

    /// <summary>Tests and benchmarks.</summary>
    Test,
}
