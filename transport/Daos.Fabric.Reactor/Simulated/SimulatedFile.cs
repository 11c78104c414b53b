using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// A file behind a volatile write cache: what reads see, what a power cut leaves for certain, and the writes in between. Owned by the
/// simulator's thread.
/// </summary>
internal sealed partial class SimulatedFile
{
    private const int SectorBytes = 512;
    private const int BlockBytes = 4096;

    private readonly PageMap _current;
    private readonly PageMap _stable;
    private readonly List<UnflushedWrite> _unflushed = [];
    private long _stableLengthBytes;
    private long _deliveries;

    internal SimulatedFile(long lengthBytes)
    {
        _current = new PageMap();
        _stable = new PageMap();
        LengthBytes = lengthBytes;
        _stableLengthBytes = lengthBytes;
    }

    private SimulatedFile(SimulatedFile other)
    {
        _current = other._current.Clone();
        _stable = other._stable.Clone();
        LengthBytes = other.LengthBytes;
        IsDevice = other.IsDevice;
        _stableLengthBytes = other._stableLengthBytes;
        _deliveries = other._deliveries;
        _unflushed.AddRange(other._unflushed.Select(w => w.Clone()));
        _damage = other._damage?.Clone();
        _former = other._former?.Clone();
    }

    internal long LengthBytes { get; private set; }

    /// <summary>A block device: it never grows.</summary>
    internal bool IsDevice { get; init; }

    /// <summary>Writes that a power cut may take.</summary>
    internal int UnflushedCount => _unflushed.Count;

    /// <summary>What a flush that starts now must cover.</summary>
    internal long FlushPoint => _deliveries;

    /// <summary>Descriptor that holds the advisory lock, or -1.</summary>
    internal int LockedBy { get; set; } = -1;

    internal SimulatedFile Clone() => new(this);

    internal void Grow(long lengthBytes)
    {
        LengthBytes = Math.Max(LengthBytes, lengthBytes);
        _stableLengthBytes = Math.Max(_stableLengthBytes, lengthBytes);
    }

    internal UnflushedWrite Write(long offsetBytes, byte[] bytes)
    {
        var write = new UnflushedWrite(offsetBytes, bytes);
        KeepFormer(offsetBytes, bytes.Length);
        _damage?.Heal(offsetBytes, bytes);
        _current.Write(offsetBytes, bytes);
        LengthBytes = Math.Max(LengthBytes, write.EndBytes);
        _unflushed.Add(write);
        return write;
    }

    internal void NoteDelivered(UnflushedWrite write) => write.DeliveryNumber = ++_deliveries;

    /// <summary>
    /// The process ended: what it wrote without having heard of it lies in the cache like everything else, so that the next process's flush
    /// covers it.
    /// </summary>
    internal void NoteOwnerGone()
    {
        foreach (UnflushedWrite write in _unflushed)
        {
            if (write.DeliveryNumber == 0)
            {
                NoteDelivered(write);
            }
        }
    }

    /// <summary>Makes one write stable, whatever happens to the others.</summary>
    internal void Stabilise(UnflushedWrite write)
    {
        int index = _unflushed.IndexOf(write);
        if (index < 0)
        {
            return;
        }

        for (int i = 0; i < index; i++)
        {
            _unflushed[i].Overlay(write);
        }

        _unflushed.RemoveAt(index);
        Keep(write, 0, write.Bytes.Length);
    }

    /// <summary>Makes every write stable that was complete, as its owner knew, when the flush started.</summary>
    internal void Flush(long flushPoint)
    {
        for (int i = 0; i < _unflushed.Count;)
        {
            if (IsCovered(_unflushed[i], flushPoint))
            {
                Stabilise(_unflushed[i]);
            }
            else
            {
                i++;
            }
        }
    }

    /// <summary>
    /// A flush that fails, as Linux reports it: once. Some of the covered writes count as clean from now on without being stable.
    /// </summary>
    internal void FailFlush(long flushPoint, SeededRandom random) =>
        _unflushed.RemoveAll(w => IsCovered(w, flushPoint) && random.Chance(0.5));

    /// <summary>A flush that lies, or fails and forgets: what it covered counts as clean and is not stable.</summary>
    internal void LoseCovered(long flushPoint) => _unflushed.RemoveAll(w => IsCovered(w, flushPoint));

    /// <summary>The same for one durable write.</summary>
    internal void Lose(UnflushedWrite write) => _unflushed.Remove(write);

    /// <summary>
    /// Loses power: of each unflushed write all, nothing or some sectors or blocks stay. Where writes overlap, a newer one that stays
    /// lies over an older one. Returns the sectors kept and dropped.
    /// </summary>
    internal (long Kept, long Dropped) PowerCut(SeededRandom random)
    {
        (long Kept, long Dropped) sectors = (0, 0);
        int mood = random.Next(8);
        foreach (UnflushedWrite write in _unflushed)
        {
            // Now and then all are lost or all are kept, which chance alone would hardly ever give.
            int fate = mood switch { 0 => 0, 1 => 1, _ => random.Next(3) };
            int unitBytes = random.Chance(0.5) ? SectorBytes : BlockBytes;
            int shape = random.Next(3);
            long tearAt = write.OffsetBytes + random.Next(write.Bytes.LongLength + 1);
            for (int start = 0; start < write.Bytes.Length;)
            {
                long offset = write.OffsetBytes + start;
                int length = (int)Math.Min(write.Bytes.Length - start, unitBytes - (offset % unitBytes));
                bool keep = fate == 1 || (fate == 2 && shape switch
                {
                    0 => random.Chance(0.5),
                    1 => offset < tearAt,
                    _ => offset >= tearAt,
                });
                if (keep)
                {
                    Keep(write, start, length);
                    sectors.Kept += (length + SectorBytes - 1) / SectorBytes;
                }
                else
                {
                    sectors.Dropped += (length + SectorBytes - 1) / SectorBytes;
                }

                start += length;
            }
        }

        return sectors;
    }

    /// <summary>The same when it is known what stays: bytes of each write from its start.</summary>
    internal void PowerCut(Func<int, (long From, long To)> fate)
    {
        for (int i = 0; i < _unflushed.Count; i++)
        {
            (long from, long to) = fate(i);
            to = Math.Min(to, _unflushed[i].Bytes.Length);
            if (from < to)
            {
                Keep(_unflushed[i], (int)from, (int)(to - from));
            }
        }
    }

    /// <summary>Where an unflushed write may tear: what stays, at each sector of its first and last blocks and at each block.</summary>
    internal IEnumerable<(long From, long To)> TearsOf(int write)
    {
        int length = _unflushed[write].Bytes.Length;
        for (int at = SectorBytes; at < length; at += SectorBytes)
        {
            if (at % BlockBytes == 0 || at < BlockBytes || at > length - BlockBytes)
            {
                yield return (0, at);
                yield return (at, length);
            }
        }
    }

    /// <summary>The file as it stands after a power cut: nothing but what is stable.</summary>
    internal SimulatedFile StableOnly() => new(_stableLengthBytes, _stable) { IsDevice = IsDevice, _damage = _damage?.Clone(), _former = _former?.Clone() };

    private SimulatedFile(long lengthBytes, PageMap content)
    {
        _current = content.Clone();
        _stable = content.Clone();
        LengthBytes = lengthBytes;
        _stableLengthBytes = lengthBytes;
    }

    private static bool IsCovered(UnflushedWrite write, long flushPoint) =>
        write.DeliveryNumber > 0 && write.DeliveryNumber <= flushPoint;

    private void Keep(UnflushedWrite write, int start, int length)
    {
        _stable.Write(write.OffsetBytes + start, write.Bytes.AsSpan(start, length));
        _stableLengthBytes = Math.Max(_stableLengthBytes, write.OffsetBytes + start + length);
    }
}
