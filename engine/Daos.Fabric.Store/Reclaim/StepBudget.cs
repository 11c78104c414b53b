namespace Daos.Fabric.Store.Reclaim;

/// <summary>How much one step may still do: records looked at, and redo bytes of its one transaction. Owned by one xstream.</summary>
internal sealed class StepBudget(LocalTransaction transaction, int transactionBytesMax)
{
    // A quarter of what a transaction may have leaves room for what the step is in the middle of.
    private readonly int _redoBytesMax = transactionBytesMax / 4;
    private int _left;

    /// <summary>True when the step should end.</summary>
    public bool IsSpent => _left <= 0 || transaction.RedoBytes > _redoBytesMax;

    /// <summary>Starts a step.</summary>
    public void Begin(int records) => _left = records;

    /// <summary>Counts a record looked at.</summary>
    public void Count() => _left--;
}
