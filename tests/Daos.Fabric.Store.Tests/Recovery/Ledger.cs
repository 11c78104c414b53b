namespace Daos.Fabric.Store.Tests.Recovery;

/// <summary>
/// What was written, outside the store: every transaction in the order of the log with the cells it wrote, and how many of them were
/// acknowledged. Since the log orders everything, any honest state after a crash is a prefix of it.
/// </summary>
internal sealed class Ledger
{
    private readonly List<int[]> _cellsBySequence = [[]];

    private int _nonce;

    /// <summary>Sequence of the newest committed transaction; they start at 1.</summary>
    internal int Committed => _cellsBySequence.Count - 1;

    /// <summary>Every sequence up to here was acknowledged.</summary>
    internal int Acknowledged { get; private set; }

    /// <summary>A number that no other write of data has.</summary>
    internal int NextNonce() => ++_nonce;

    /// <summary>The same ledger as of now.</summary>
    internal Ledger Snapshot()
    {
        var copy = new Ledger { Acknowledged = Acknowledged, _nonce = _nonce };
        copy._cellsBySequence.AddRange(_cellsBySequence.Skip(1));
        return copy;
    }

    /// <summary>The same, with everything up to a sequence and nothing behind it: how a crash was seen to have ended.</summary>
    internal Ledger Prefix(int sequence)
    {
        var copy = new Ledger { Acknowledged = sequence, _nonce = _nonce };
        copy._cellsBySequence.AddRange(_cellsBySequence.Skip(1).Take(sequence));
        return copy;
    }

    /// <summary>A transaction wrote its sequence to cells.</summary>
    internal int Commit(int[] cells)
    {
        _cellsBySequence.Add(cells);
        return Committed;
    }

    /// <summary>The store said that a transaction is durable.</summary>
    internal void Acknowledge(int sequence) => Acknowledged = Math.Max(Acknowledged, sequence);

    /// <summary>Which sequence each cell holds after a prefix; 0 for none.</summary>
    internal int[] CellsAfter(int sequence, int cellCount)
    {
        var cells = new int[cellCount];
        for (int i = 1; i <= sequence; i++)
        {
            foreach (int cell in _cellsBySequence[i])
            {
                cells[cell] = i;
            }
        }

        return cells;
    }
}
