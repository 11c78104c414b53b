namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// Sectors that show something else than what was written there: the faults of a medium, kept apart from its pristine content so that
/// they can be switched off. A write over a sector heals it. Owned by the simulator's thread.
/// </summary>
internal sealed class SectorOverlay
{
    internal const int SectorBytes = 512;

    // The arrays never change, so clones share them.
    private readonly Dictionary<long, byte[]> _sectors;

    internal SectorOverlay() => _sectors = [];

    private SectorOverlay(SectorOverlay other) => _sectors = new Dictionary<long, byte[]>(other._sectors);

    internal bool IsEmpty => _sectors.Count == 0;

    internal IEnumerable<KeyValuePair<long, byte[]>> Sectors => _sectors.OrderBy(s => s.Key);

    internal SectorOverlay Clone() => new(this);

    internal void Clear() => _sectors.Clear();

    /// <summary>Lets a whole sector show other bytes.</summary>
    internal void Show(long sector, ReadOnlySpan<byte> bytes) => _sectors[sector] = bytes[..SectorBytes].ToArray();

    /// <summary>Puts what the sectors show over what was read.</summary>
    internal void Apply(long offsetBytes, Span<byte> destination)
    {
        for (long sector = offsetBytes / SectorBytes; sector * SectorBytes < offsetBytes + destination.Length; sector++)
        {
            if (_sectors.TryGetValue(sector, out byte[]? shown))
            {
                long start = Math.Max(sector * SectorBytes, offsetBytes);
                long end = Math.Min((sector + 1) * SectorBytes, offsetBytes + destination.Length);
                shown.AsSpan((int)(start - (sector * SectorBytes)), (int)(end - start)).CopyTo(destination[(int)(start - offsetBytes)..]);
            }
        }
    }

    /// <summary>A write arrived: sectors that it covers are good again, those that it covers partly keep their other bytes.</summary>
    internal void Heal(long offsetBytes, ReadOnlySpan<byte> written)
    {
        if (IsEmpty)
        {
            return;
        }

        for (long sector = offsetBytes / SectorBytes; sector * SectorBytes < offsetBytes + written.Length; sector++)
        {
            long start = Math.Max(sector * SectorBytes, offsetBytes);
            long end = Math.Min((sector + 1) * SectorBytes, offsetBytes + written.Length);
            if (end - start == SectorBytes)
            {
                _sectors.Remove(sector);
            }
            else if (_sectors.TryGetValue(sector, out byte[]? shown))
            {
                byte[] patched = (byte[])shown.Clone();
                written.Slice((int)(start - offsetBytes), (int)(end - start)).CopyTo(patched.AsSpan((int)(start - (sector * SectorBytes))));
                _sectors[sector] = patched;
            }
        }
    }
}
