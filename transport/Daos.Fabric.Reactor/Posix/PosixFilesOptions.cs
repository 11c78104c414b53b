namespace Daos.Fabric.Reactor.Posix;

/// <summary>How <see cref="PosixFiles"/> allocates. Immutable.</summary>
public sealed record PosixFilesOptions
{
    /// <summary>
    /// New files and growths below this many bytes are filled with zeroes once, so that overwriting them later changes no metadata: a
    /// flush then costs one flush of the drive and no commit of the file system's journal. Larger ones are only allocated, because
    /// writing them takes seconds; their first overwrite of each block pays for the change of an extent.
    /// </summary>
    public long ZeroFillBelowBytes { get; init; } = 256L << 20;
}
