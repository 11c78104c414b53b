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

    /// <summary>
    /// The states that a power cut at that moment may leave when it takes all, nothing, one write, all but one, or a part of one.
    /// </summary>
    /// <param name="pairs">Two writes as well.</param>
    public IEnumerable<(string Fate, DiskImage Image)> CrashStates(bool pairs = false)
    {
        (string Path, int Write)[] writes = Entries
            .Where(e => e.Value is not null)
            .SelectMany(e => Enumerable.Range(0, e.Value!.UnflushedCount).Select(i => (e.Key, i)))
            .ToArray();
        yield return ("all kept", Keep((_, _) => (0, long.MaxValue)));
        if (writes.Length == 0)
        {
            yield break;
        }

        yield return ("all lost", Keep((_, _) => (0, 0)));
        foreach ((string Path, int Write) one in writes)
        {
            yield return ($"write {one.Write} of {one.Path} lost", Keep((path, write) => (path, write) == one ? (0, 0) : (0, long.MaxValue)));
            yield return ($"write {one.Write} of {one.Path} kept alone", Keep((path, write) => (path, write) == one ? (0, long.MaxValue) : (0, 0)));
            foreach ((long from, long to) in Entries[one.Path]!.TearsOf(one.Write))
            {
                string fate = $"bytes {from} to {to} kept of write {one.Write} of {one.Path}";
                yield return (fate, Keep((path, write) => (path, write) == one ? (from, to) : (0, long.MaxValue)));
            }
        }

        for (int i = 0; pairs && i < writes.Length; i++)
        {
            for (int j = i + 1; j < writes.Length; j++)
            {
                (string, int) first = writes[i];
                (string, int) second = writes[j];
                yield return ($"writes {first} and {second} lost", Keep((path, write) =>
                    (path, write) == first || (path, write) == second ? (0, 0) : (0, long.MaxValue)));
            }
        }
    }

    /// <summary>The same for images with the same names, sizes and bytes, as reads see them.</summary>
    public ulong ContentHash()
    {
        ulong hash = 14695981039346656037;
        foreach ((string path, SimulatedFile? file) in Entries)
        {
            foreach (char c in path)
            {
                hash = (hash ^ c) * 1099511628211;
            }

            hash = (hash ^ (file?.ContentHash() ?? 0)) * 1099511628211;
        }

        return hash;
    }

    // Bytes of each unflushed write that stay, counted from its start.
    private DiskImage Keep(Func<string, int, (long From, long To)> fate)
    {
        var entries = new SortedDictionary<string, SimulatedFile?>(StringComparer.Ordinal);
        foreach ((string path, SimulatedFile? file) in Entries)
        {
            SimulatedFile? clone = file?.Clone();
            clone?.PowerCut(write => fate(path, write));
            entries.Add(path, clone?.StableOnly());
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
