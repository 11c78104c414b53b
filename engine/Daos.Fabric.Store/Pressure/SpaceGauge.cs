namespace Daos.Fabric.Store.Pressure;

/// <summary>The level of a shard from both of its tiers, and how much an update is held back for it. Owned by one xstream.</summary>
internal sealed class SpaceGauge(Action<SpaceLevel>? observer)
{
    /// <summary>The longest time that one update is held back while space is tight, in ns: some disk writes.</summary>
    internal const long DelayMaxNs = 5_000_000;

    private readonly TierGauge _arena = new(tightDivisor: 4);
    private readonly TierGauge _data = new(tightDivisor: 8);

    /// <summary>The level as of the last update.</summary>
    internal SpaceLevel Level { get; private set; }

    /// <summary>What an update is held back, in ns: nothing to speak of at the beginning of tight, all of it before critical.</summary>
    internal long DelayNs { get; private set; }

    /// <summary>Takes new figures and tells the observer of another level.</summary>
    internal void Update(in StoreSpace space)
    {
        _arena.Update(space.MetadataTotalBytes, space.MetadataFreeBytes, space.MetadataReservedBytes);
        _data.Update(space.DataTotalBytes, space.DataFreeBytes, space.DataReservedBytes);
        SpaceLevel level = _arena.Level > _data.Level ? _arena.Level : _data.Level;
        double need = Math.Max(_arena.Need, _data.Need);
        DelayNs = level == SpaceLevel.None ? 0 : (long)(DelayMaxNs * need * need * need * need);
        if (level != Level)
        {
            Level = level;
            observer?.Invoke(level);
        }
    }
}
