using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Client.Contexts;

/// <summary>
/// Keeps retries from becoming a storm: each costs one token, each answered call earns a part of one, and the pause before a retry
/// doubles with jitter. Owned by the context's owner thread.
/// </summary>
internal sealed class RetryBudget(SeededRandom random, ClientRetryOptions options)
{
    private const int TokenParts = 16;

    private long _parts = (long)options.Budget * TokenParts;

    /// <summary>Retries paid so far.</summary>
    internal long Retries { get; private set; }

    /// <summary>A call was answered at its first attempt.</summary>
    internal void Earn() => _parts = Math.Min(_parts + 1, (long)options.Budget * TokenParts);

    /// <summary>Pays for one retry; false when the budget is spent.</summary>
    internal bool TryPay()
    {
        if (_parts < TokenParts)
        {
            return false;
        }

        _parts -= TokenParts;
        Retries++;
        return true;
    }

    /// <summary>How long to wait before the given retry (1 is the first): half of the doubled pause is certain, half is drawn.</summary>
    internal long PauseNs(int retry)
    {
        long pauseNs = Math.Min(options.PauseMaxNs, options.PauseMinNs << Math.Min(retry - 1, 20));
        return (pauseNs / 2) + random.Next((pauseNs / 2) + 1);
    }
}
