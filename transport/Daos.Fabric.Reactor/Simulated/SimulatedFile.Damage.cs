using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>The part that shows something else than what was written.</summary>
internal sealed partial class SimulatedFile
{
    private SectorOverlay? _damage;
    private PageMap? _former;

    /// <summary>True when some sector shows something else than what was written there.</summary>
    internal bool IsDamaged => _damage is { IsEmpty: false };

    /// <summary>What a read sees.</summary>
    internal int Read(long offsetBytes, Span<byte> destination)
    {
        int count = ReadPristine(offsetBytes, destination);
        _damage?.Apply(offsetBytes, destination[..count]);
        return count;
    }

    /// <summary>What a read would see on a medium without faults.</summary>
    internal int ReadPristine(long offsetBytes, Span<byte> destination)
    {
        int count = (int)Math.Clamp(LengthBytes - offsetBytes, 0, destination.Length);
        _current.Read(offsetBytes, destination[..count]);
        return count;
    }

    /// <summary>From now on the content before the last write of each byte is kept, for stale sectors.</summary>
    internal void KeepFormerContent() => _former ??= new PageMap();

    /// <summary>Takes all damage away.</summary>
    internal void HealAll() => _damage = null;

    /// <summary>Lets a range show these bytes; what was written there is kept below.</summary>
    internal void Show(long offsetBytes, ReadOnlySpan<byte> bytes)
    {
        _damage ??= new SectorOverlay();
        Span<byte> sector = stackalloc byte[SectorBytes];
        long end = offsetBytes + bytes.Length;
        for (long at = offsetBytes / SectorBytes * SectorBytes; at < end; at += SectorBytes)
        {
            sector.Clear();
            Read(at, sector);
            long start = Math.Max(at, offsetBytes);
            bytes.Slice((int)(start - offsetBytes), (int)(Math.Min(at + SectorBytes, end) - start)).CopyTo(sector[(int)(start - at)..]);
            _damage.Show(at / SectorBytes, sector);
        }
    }

    /// <summary>Damages a range; false when it shows what it showed before.</summary>
    internal bool Damage(MediaDamage damage, long offsetBytes, int lengthBytes, long otherBytes, SeededRandom random)
    {
        byte[] before = new byte[lengthBytes];
        Read(offsetBytes, before);
        byte[] after = (byte[])before.Clone();
        switch (damage)
        {
            case MediaDamage.Flipped:
                after[random.Next(lengthBytes)] ^= (byte)(1 << random.Next(8));
                break;
            case MediaDamage.Zeroed:
                after.AsSpan().Clear();
                break;
            case MediaDamage.Stale:
                Invariant.Check(_former is not null);
                _former!.Read(offsetBytes, after);
                break;
            default:
                Read(otherBytes, after);
                break;
        }

        if (after.AsSpan().SequenceEqual(before))
        {
            return false;
        }

        Show(offsetBytes, after);
        return true;
    }

    /// <summary>A hash of length and bytes as reads see them.</summary>
    internal ulong ContentHash()
    {
        ulong hash = _current.ContentHash() ^ ((ulong)LengthBytes * 0x9E3779B97F4A7C15);
        foreach ((long sector, byte[] shown) in _damage?.Sectors ?? [])
        {
            hash = (hash ^ Core.Checksums.Crc32C.Compute(shown) ^ ((ulong)sector << 32)) * 1099511628211;
        }

        return hash;
    }

    private void KeepFormer(long offsetBytes, int lengthBytes)
    {
        if (_former is not null)
        {
            byte[] before = new byte[lengthBytes];
            _current.Read(offsetBytes, before);
            _former.Write(offsetBytes, before);
        }
    }
}
