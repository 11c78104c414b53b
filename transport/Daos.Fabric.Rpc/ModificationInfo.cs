namespace Daos.Fabric.Rpc;

/// <summary>
/// Goes with every request that changes something, so that a resend can be told from a new request and answered from the kept result.
/// A value; any thread.
/// </summary>
public readonly record struct ModificationInfo
{
    /// <summary>Set in <see cref="Flags"/> when the request was sent before.</summary>
    public const uint ResendFlag = 1;

    /// <summary>Who asks; drawn once per client instance.</summary>
    public Guid ClientId { get; init; }

    /// <summary>With <see cref="ClientId"/> the transaction's identifier (a DTX id): the client's highest heard HLC when it began, made unique.</summary>
    public ulong TransactionHlc { get; init; }

    /// <summary>Numbers the client's modifications from 1, without gaps.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Every modification of this client below this number was answered: kept results below it may go.</summary>
    public ulong LowestUnanswered { get; init; }

    /// <summary>Not set on the first send; a resend returns the epoch it heard, if any.</summary>
    public Epoch Epoch { get; init; }

    /// <summary>Version of the pool map that the client placed the request by.</summary>
    public uint MapVersion { get; init; }

    /// <summary>Bit 0: <see cref="ResendFlag"/>; the rest is zero.</summary>
    public uint Flags { get; init; }

    /// <summary>True when the request was sent before.</summary>
    public bool IsResend => (Flags & ResendFlag) != 0;
}
