using System.Numerics;
using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Rpc.Dispatch;

/// <summary>
/// Memory for payloads that are too long for a message, in powers of two, up to a limit for all together. Blocks that came back are kept
/// for the next and freed when another size needs their room. Owned by the context's loop.
/// </summary>
internal sealed class StagingMemory(long bytesMax) : IDisposable
{
    private const int BlockBytesMin = 64 * 1024;
    private readonly List<NativeSlab> _idle = [];
    private long _takenBytes;
    private bool _disposed;

    /// <summary>Bytes handed out and kept.</summary>
    internal long TakenBytes => _takenBytes;

    /// <summary>Blocks handed out now.</summary>
    internal int Rented { get; private set; }

    /// <summary>A block of at least that size, or null when the limit is reached.</summary>
    internal NativeSlab? TryRent(int lengthBytes)
    {
        long blockBytes = Math.Max(BlockBytesMin, (long)BitOperations.RoundUpToPowerOf2((uint)lengthBytes));
        for (int i = _idle.Count - 1; i >= 0; i--)
        {
            if (_idle[i].LengthBytes == blockBytes)
            {
                NativeSlab found = _idle[i];
                _idle.RemoveAt(i);
                Rented++;
                return found;
            }
        }

        while (_takenBytes + blockBytes > bytesMax && _idle.Count > 0)
        {
            Free(_idle.Count - 1);
        }

        if (_takenBytes + blockBytes > bytesMax)
        {
            return null;
        }

        _takenBytes += blockBytes;
        Rented++;
        return new NativeSlab(blockBytes);
    }

    /// <summary>Takes a block back; nobody touches it any more.</summary>
    internal void Return(NativeSlab block)
    {
        Rented--;
        _idle.Add(block);
        if (_disposed)
        {
            Dispose();
        }
    }

    /// <summary>Frees what is idle now, and the rest when it comes back.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.Count > 0)
        {
            Free(_idle.Count - 1);
        }
    }

    private void Free(int index)
    {
        _takenBytes -= _idle[index].LengthBytes;
        _idle[index].Dispose();
        _idle.RemoveAt(index);
    }
}
