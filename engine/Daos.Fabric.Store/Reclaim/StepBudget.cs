namespace Daos.Fabric.Store.Reclaim;

/// <summary>How much one step may still do: records looked at, records freed, and redo bytes of its one transaction. Owned by one xstream.</summary>
internal sealed class StepBudget(LocalTransaction transaction, int transactionBytesMax)
{
    // A quarter of what a transaction may have leaves room for what the step is in the middle of.
    private readonly int _redoBytesMax = transactionBytesMax / 4;
    private int _left;
    private int _freesLeft;

    /// <summary>True when the step should end.</summary>
    public bool IsSpent => _left <= 0 || _freesLeft <= 0 || transaction.RedoBytesAtCommit > _redoBytesMax;

    /// <summary>Starts a step.</summary>
    public void Begin(int records, int frees = int.MaxValue)
    {
        _left = records;
        _freesLeft = frees;
    }

    /// <summary>Counts a record looked at.</summary>
    public void Count() => _left--;

    /// <summary>Counts a record freed.</summary>
    public void CountFree() => _freesLeft--;
}
