using Daos.Fabric.Core.Metrics;

namespace Daos.Fabric.Rpc.SelfTests;

/// <summary>One endpoint of a run: the session there, and what became of its calls. Owned by the context's loop.</summary>
internal sealed class SelfTestPeer(RpcEndpoint endpoint)
{
    private long _failed;

    internal RpcEndpoint Endpoint { get; } = endpoint;

    /// <summary>The session; 0 for none.</summary>
    internal uint Session { get; set; }

    /// <summary>No further call goes there.</summary>
    internal bool IsLost { get; private set; }

    internal Histogram Latency { get; } = new();

    internal long Failed => _failed;

    internal DerCode FirstFailure { get; private set; }

    internal SelfTestSummary Summarise(long share) =>
        SelfTestSummary.Of(Latency, _failed, Math.Max(0, share - Latency.Count - _failed), FirstFailure);

    internal void Ended(DerCode code, long latencyNs, bool isCounted)
    {
        if (code.IsError)
        {
            // A failure of the warm-up stays known: the endpoint may be lost for all that follows.
            Fail(code);
            _failed += isCounted ? 1 : 0;
        }
        else if (isCounted)
        {
            Latency.Record(latencyNs);
        }
    }

    /// <summary>A session that cannot be opened, or that is gone, loses the endpoint; whoever comes late or is busy may be asked again.</summary>
    internal void Fail(DerCode code)
    {
        FirstFailure = FirstFailure.IsError ? FirstFailure : code;
        IsLost |= Session == 0 || code == DerCode.Unreachable || code == DerCode.TimedOut || code == DerCode.Nonexist
            || code == DerCode.Shutdown || code == DerCode.Canceled;
    }
}
