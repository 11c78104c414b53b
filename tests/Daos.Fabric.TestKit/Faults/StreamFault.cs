namespace Daos.Fabric.TestKit.Faults;

/// <summary>What a <see cref="FaultProxy"/> does to a stream at one place.</summary>
public enum StreamFault
{
    /// <summary>Some bytes are left out.</summary>
    Drop,

    /// <summary>Some bytes come twice.</summary>
    Duplicate,

    /// <summary>Two short neighbouring pieces change places.</summary>
    Reorder,

    /// <summary>One bit is turned over.</summary>
    Flip,

    /// <summary>The stream ends here for both sides, in order.</summary>
    Truncate,

    /// <summary>Both sides are reset.</summary>
    Reset,

    /// <summary>The receiver hears the end of the stream; the other direction goes on.</summary>
    HalfClose,
}
