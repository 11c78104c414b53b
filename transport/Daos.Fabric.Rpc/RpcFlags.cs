namespace Daos.Fabric.Rpc;

/// <summary>Flags of a message header. A flag that this version does not know closes the connection.</summary>
[Flags]
public enum RpcFlags : ushort
{
    /// <summary>A request with a reply.</summary>
    None = 0,

    /// <summary>Nobody waits for a reply and none is sent.</summary>
    OneWay = 1,

    /// <summary>Sent before; the first attempt's outcome is not known (DAOS: ORF_RESEND).</summary>
    Resend = 2,

    /// <summary>A <see cref="ModificationInfo"/> stands between header and payload.</summary>
    Modification = 4,

    /// <summary>An answer: the deadline field holds the code.</summary>
    Reply = 8,

    /// <summary>A <see cref="Wire.PlaceWire"/> follows the header: what an overloaded receiver tells, or told with an earlier answer.</summary>
    Queued = 16,

    /// <summary>The payload travels one-sided, outside the message, which only names it.</summary>
    Large = 32,
}
