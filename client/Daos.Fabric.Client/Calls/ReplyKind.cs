namespace Daos.Fabric.Client.Calls;

/// <summary>How the owner thread understands a successful reply.</summary>
internal enum ReplyKind : byte
{
    /// <summary>The epoch of a modification.</summary>
    Epoch,

    /// <summary>A fetch of one single value: <see cref="ClientCall.Value"/> is the value, verified; DER_NONEXIST when there is none.</summary>
    SingleValue,

    /// <summary>
    /// A fetch of one run of records: <see cref="ClientCall.Value"/> is what was delivered, verified, unless it is in place already;
    /// <see cref="ClientCall.Number"/> the bytes of it that exist.
    /// </summary>
    Extent,

    /// <summary>A fetch: the reply is kept whole, its values were verified.</summary>
    Fetch,

    /// <summary>Kept whole for its reader.</summary>
    Raw,
}
