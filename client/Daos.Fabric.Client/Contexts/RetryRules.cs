namespace Daos.Fabric.Client.Contexts;

/// <summary>Which failures another attempt may heal. Any thread.</summary>
internal static class RetryRules
{
    /// <summary>
    /// True when the request or its reply got lost, the peer is not there now, or it asked to come back later. A modification is then
    /// sent again under its number, so that it is executed once however often it arrives.
    /// </summary>
    internal static bool IsTransient(DerCode code) =>
        code == DerCode.TimedOut
        || code == DerCode.Unreachable
        || code == DerCode.OverloadRetry
        || code == DerCode.Again
        || code == DerCode.InProgress
        || code == DerCode.Hg
        || code == DerCode.NoReply
        || code == DerCode.Shutdown;
}
