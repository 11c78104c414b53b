namespace Daos.Fabric.Store.Scrubbing;

/// <summary>What a step of the walk came to.</summary>
internal enum ScrubStep
{
    /// <summary>The budget ended; go on with the next step.</summary>
    Pause,

    /// <summary>A value.</summary>
    Value,

    /// <summary>A value whose bytes lie in the data file: to be read.</summary>
    Read,

    /// <summary>A value that does not fit its checksums.</summary>
    Damaged,

    /// <summary>The end of the pass.</summary>
    End,
}
