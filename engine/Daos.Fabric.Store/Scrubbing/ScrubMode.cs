namespace Daos.Fabric.Store.Scrubbing;

/// <summary>When stored values are compared with their checksums although nobody reads them; the names are DAOS's.</summary>
public enum ScrubMode
{
    /// <summary>Never.</summary>
    Off,

    /// <summary>While the target has nothing else to do.</summary>
    Lazy,

    /// <summary>All the time, as fast as one pass takes <see cref="ScrubOptions.FrequencySeconds"/>.</summary>
    Timed,
}
