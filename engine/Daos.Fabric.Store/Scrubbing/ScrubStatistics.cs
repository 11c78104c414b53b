namespace Daos.Fabric.Store.Scrubbing;

/// <summary>Figures of a shard's scrubber since it was started. A copy; any thread may keep it.</summary>
/// <param name="Passes">Passes completed.</param>
/// <param name="Values">Values compared with their checksums.</param>
/// <param name="Unchecked">Values met that have no checksum, or are marked as corrupted already.</param>
/// <param name="Bytes">Bytes compared.</param>
/// <param name="PassBytes">Of them in the pass under way.</param>
/// <param name="LastPassBytes">Bytes of the last complete pass.</param>
/// <param name="LastPassNs">What that pass took, in ns.</param>
/// <param name="BusyNs">Time spent walking and comparing, in ns; waiting for media is not counted.</param>
/// <param name="Corrupted">Values that it found corrupted and marked.</param>
/// <param name="ReadFailures">Values that could not be read from media; they are met again in the next pass.</param>
/// <param name="IsFaulty">The threshold was reached.</param>
public readonly record struct ScrubStatistics(
    long Passes,
    long Values,
    long Unchecked,
    long Bytes,
    long PassBytes,
    long LastPassBytes,
    long LastPassNs,
    long BusyNs,
    long Corrupted,
    long ReadFailures,
    bool IsFaulty);
