namespace Daos.Fabric.Client.Contexts;

/// <summary>Running totals of one context. Written by its owner thread.</summary>
public sealed class ClientStatistics
{
    /// <summary>Calls that ended, whatever their outcome.</summary>
    public long Calls;

    /// <summary>Calls that ended with an error.</summary>
    public long Failures;

    /// <summary>Further attempts of calls.</summary>
    public long Retries;

    /// <summary>Modifications that were sent more than once.</summary>
    public long Resends;

    /// <summary>Calls that their caller cancelled.</summary>
    public long Cancellations;

    /// <summary>Values whose checksum did not fit when they arrived.</summary>
    public long ChecksumErrors;
}
