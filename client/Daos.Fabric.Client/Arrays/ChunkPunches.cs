using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Daos.Fabric.Client.Objects;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Arrays;

/// <summary>
/// Punches of many chunks of an array, at most <see cref="ClientLimits.ArrayPiecesInFlight"/> at once. Ends when each has ended; the first
/// failure is thrown. Any thread.
/// </summary>
internal static class ChunkPunches
{
    // Up to so many chunks are punched without a look; of more only those that are there.
    private const ulong BlindMax = 64;

    /// <summary>Makes cells a hole.</summary>
    internal static Task PunchCellsAsync(DaosObject array, ArrayLayout layout, ulong index, ulong cells, CancellationToken token)
    {
        byte[] akey = ArrayLayout.Akey.ToArray();
        return RunAsync(PartsAsync(array, layout, index, cells, token), PunchAsync, token);

        async ValueTask PunchAsync((ulong Dkey, Recx Part) chunk, CancellationToken cancelled)
        {
            byte[] dkey = new byte[ArrayLayout.DkeyBytes];
            ArrayLayout.WriteDkey(chunk.Dkey, dkey);
            await array.PunchExtentsAsync(dkey, akey, [chunk.Part], cancelled).ConfigureAwait(false);
        }
    }

    /// <summary>Removes every chunk behind one.</summary>
    internal static Task PunchBehindAsync(DaosObject array, ulong lastDkey, CancellationToken token)
    {
        return RunAsync(DkeysAsync(array, lastDkey + 1, ulong.MaxValue, token), PunchAsync, token);

        async ValueTask PunchAsync(ulong chunk, CancellationToken cancelled)
        {
            byte[] dkey = new byte[ArrayLayout.DkeyBytes];
            ArrayLayout.WriteDkey(chunk, dkey);
            await array.PunchDkeyAsync(dkey, cancellationToken: cancelled).ConfigureAwait(false);
        }
    }

    private static Task RunAsync<T>(IAsyncEnumerable<T> chunks, Func<T, CancellationToken, ValueTask> punch, CancellationToken token) =>
        Parallel.ForEachAsync(chunks, new ParallelOptions { MaxDegreeOfParallelism = ClientLimits.ArrayPiecesInFlight, CancellationToken = token }, punch);

    private static async IAsyncEnumerable<(ulong Dkey, Recx Part)> PartsAsync(
        DaosObject array, ArrayLayout layout, ulong index, ulong cells, [EnumeratorCancellation] CancellationToken token)
    {
        if (cells == 0)
        {
            yield break;
        }

        ulong first = layout.DkeyOf(index);
        ulong last = layout.DkeyOf(index + cells - 1);
        if (last - first < BlindMax)
        {
            for (ulong dkey = first; dkey <= last; dkey++)
            {
                yield return (dkey, PartOf(layout, dkey, index, cells));
            }

            yield break;
        }

        await foreach (ulong dkey in DkeysAsync(array, first, last, token).ConfigureAwait(false))
        {
            yield return (dkey, PartOf(layout, dkey, index, cells));
        }
    }

    private static async IAsyncEnumerable<ulong> DkeysAsync(DaosObject array, ulong first, ulong last, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (ReadOnlyMemory<byte> key in array.ListDkeysAsync(token).ConfigureAwait(false))
        {
            ulong dkey = BinaryPrimitives.ReadUInt64LittleEndian(key.Span);
            if (dkey >= first && dkey <= last)
            {
                yield return dkey;
            }
        }
    }

    // What of a chunk the range covers.
    private static Recx PartOf(ArrayLayout layout, ulong dkey, ulong index, ulong cells)
    {
        ulong start = layout.FirstCellOf(dkey);
        ulong from = Math.Max(index, start);
        return new Recx(from - start, Math.Min(index + cells, start + layout.ChunkCells) - from);
    }
}
