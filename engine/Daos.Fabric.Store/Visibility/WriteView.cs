namespace Daos.Fabric.Store.Visibility;

/// <summary>One write on its way down the trees: its stamp, the newest punch met so far, and what it sees. Lives on the stack.</summary>
internal struct WriteView
{
    /// <summary>When the write happens.</summary>
    public VersionStamp Stamp;

    /// <summary>Everything below the level reached is punched up to here.</summary>
    public VersionStamp Hidden;

    /// <summary>What the write sees: everything up to its stamp.</summary>
    public ReadView View;

    /// <summary>A write at a stamp, at the top.</summary>
    public static WriteView At(UnstableEpochs unstable, VersionStamp stamp, Epoch certainFrom) =>
        new() { Stamp = stamp, View = unstable.Open.ForWriter(ReadView.UpTo(unstable, stamp, certainFrom)) };
}
