namespace Daos.Fabric.Store.Timestamps;

/// <summary>
/// The reads of entities of one level: a fixed table of small sets. An entity hashes to one set; when that is full, the entity whose
/// newest read is oldest gives way, and what is known of it goes to the set's rest, which then stands for every entity not in the set.
/// So a look-up touches one set, nothing is ever forgotten, and what was never noted costs no place. Owned by one xstream.
/// </summary>
/// <remarks>
/// DAOS keeps places for existing entities in an LRU array, whose index stands in the entity's record, and shared places for those that do
/// not exist. Here one table serves both, because it is found by hash, and no record on media carries a number that means something only
/// in memory.
/// </remarks>
internal sealed class TimestampTable
{
    /// <summary>Entities in a set; with the rest it fills four cache lines.</summary>
    private const int Ways = 5;

    private readonly ReadEntry[] _entries;
    private readonly int _setShift;

    /// <param name="setCountLog2">Sets, as a power of two.</param>
    public TimestampTable(int setCountLog2)
    {
        _entries = new ReadEntry[(Ways + 1) << setCountLog2];
        _setShift = 63 - setCountLog2;
    }

    /// <summary>Notes that something in an entity was read, or all of it.</summary>
    public void Note(ulong entity, ulong epoch, ulong reader, bool all)
    {
        ref ReadEntry entry = ref PlaceFor(entity);
        entry.High.Note(epoch, reader);
        if (all)
        {
            entry.Low.Note(epoch, reader);
        }
    }

    /// <summary>What is known of an entity, which may be more than was noted.</summary>
    public ReadEntry Find(ulong entity)
    {
        entity |= 1;
        Span<ReadEntry> set = SetOf(entity);
        foreach (ref ReadEntry entry in set[..Ways])
        {
            if (entry.Entity == entity)
            {
                return entry;
            }
        }

        return set[Ways];
    }

    private ref ReadEntry PlaceFor(ulong entity)
    {
        entity |= 1;
        Span<ReadEntry> set = SetOf(entity);
        int oldest = 0;
        for (int i = 0; i < Ways; i++)
        {
            if (set[i].Entity == entity)
            {
                return ref set[i];
            }

            oldest = set[i].High.Epoch < set[oldest].High.Epoch ? i : oldest;
        }

        // The rest stands for the new entity too: it may have been here before.
        ref ReadEntry place = ref set[oldest];
        ref ReadEntry rest = ref set[Ways];
        ReadEntry evicted = place;
        place = rest;
        place.Entity = entity;
        rest.Low.Note(evicted.Low.Epoch, evicted.Low.Reader);
        rest.High.Note(evicted.High.Epoch, evicted.High.Reader);
        return ref place;
    }

    private Span<ReadEntry> SetOf(ulong entity) => _entries.AsSpan((int)(entity >> 1 >> _setShift) * (Ways + 1), Ways + 1);
}
