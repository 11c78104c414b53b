namespace Daos.Fabric.Store;

/// <summary>The newest failure in words: what failed, why, what to do. Owned by the shard's owner thread.</summary>
public sealed class StoreReport
{
    /// <summary>One or two sentences; empty when nothing failed.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>Told each failure as it happens; null for nobody.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Keeps the sentence and returns the code, so that a failing method can end with it.</summary>
    public DerCode Fail(DerCode code, string sentence)
    {
        LastError = sentence;
        Notice?.Invoke(sentence);
        return code;
    }
}
