namespace Daos.Fabric.Client.Arrays;

/// <summary>
/// Cuts a call over several chunks into one piece per chunk and runs them side by side, at most
/// <see cref="ClientLimits.ArrayPiecesInFlight"/> at once. It ends when every piece has ended, so that no piece touches the caller's memory
/// afterwards; the first failure is reported. One thread at a time.
/// </summary>
internal sealed class ChunkPieces(ArrayLayout layout, ulong index, int lengthBytes)
{
    /// <summary>Runs a piece: first cell, offset into the caller's memory, length in bytes.</summary>
    internal delegate ValueTask<int> PieceRunner(ulong cell, int offset, int lengthBytes);

    /// <summary>The sum of what the pieces answered.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA2012", Justification = "Each leaves the queue once, to be awaited.")]
    internal async ValueTask<int> RunAsync(PieceRunner run)
    {
        var underWay = new Queue<ValueTask<int>>(ClientLimits.ArrayPiecesInFlight);
        Exception? failure = null;
        int sum = 0;
        int offset = 0;
        ulong cell = index;
        while ((offset < lengthBytes && failure is null) || underWay.Count > 0)
        {
            bool mayStart = offset < lengthBytes && failure is null && underWay.Count < ClientLimits.ArrayPiecesInFlight;
            try
            {
                if (!mayStart)
                {
                    sum += await underWay.Dequeue().ConfigureAwait(false);
                    continue;
                }

                ulong cells = Math.Min(layout.ChunkCells - (cell % layout.ChunkCells), (ulong)((lengthBytes - offset) / layout.CellBytes));
                int pieceBytes = (int)cells * layout.CellBytes;
                underWay.Enqueue(run(cell, offset, pieceBytes));
                offset += pieceBytes;
                cell += cells;
            }
            catch (Exception exception)
            {
                // Reported once nothing is under way any more.
                failure ??= exception;
            }
        }

        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        return sum;
    }
}
