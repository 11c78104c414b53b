using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Reactor.Simulated;

/// <summary>
/// A disk as it was at one moment, with the writes that its volatile cache held and those under way. Never changes, so that one
/// moment can be cut as often as wanted. Any thread, one at a time.
/// </summary>
public sealed class DiskImage
{
    internal DiskImage(SortedDictionary<string, SimulatedFile?> entries) => Entries = entries;

    /// <summary>Writes that a power cut may take.</summary>
    public int UnflushedCount => Entries.Values.Sum(f => f?.UnflushedCount ?? 0);

    internal SortedDictionary<string, SimulatedFile?> Entries { get; }

    /// <summary>What a power cut at that moment leaves; the seed decides what stays of the unflushed writes.</summary>
    public DiskImage AfterPowerCut(ulong seed) => Cut(new SeededRandom(seed), out _);

    internal DiskImage Cut(SeededRandom random, out (long Kept, long Dropped) sectors)
    {
        var entries = new SortedDictionary<string, SimulatedFile?>(StringComparer.Ordinal);
        sectors = (0, 0);
        foreach ((string path, SimulatedFile? file) in Entries)
        {
            if (file is null)
            {
                entries.Add(path, null);
                continue;
            }

            SimulatedFile clone = file.Clone();
            (long kept, long dropped) = clone.PowerCut(random);
            sectors = (sectors.Kept + kept, sectors.Dropped + dropped);
            entries.Add(path, clone.StableOnly());
        }

        return new DiskImage(entries);
    }

    internal SortedDictionary<string, SimulatedFile?> CloneEntries()
    {
        var entries = new SortedDictionary<string, SimulatedFile?>(StringComparer.Ordinal);
        foreach ((string path, SimulatedFile? file) in Entries)
        {
            entries.Add(path, file?.Clone());
        }

        return entries;
    }
}
