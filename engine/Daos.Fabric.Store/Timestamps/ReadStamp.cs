namespace Daos.Fabric.Store.Timestamps;

/// <summary>The newest read of something and who read it. A value.</summary>
internal struct ReadStamp
{
    /// <summary>The newest epoch read at, 0 for never.</summary>
    public ulong Epoch;

    /// <summary>The reader, 0 when several read at that epoch or it is not known.</summary>
    public ulong Reader;

    /// <summary>Notes a read.</summary>
    public void Note(ulong epoch, ulong reader)
    {
        if (epoch > Epoch)
        {
            Epoch = epoch;
            Reader = reader;
        }
        else if (epoch == Epoch && reader != Reader)
        {
            Reader = 0;
        }
    }

    /// <summary>True when a write at an epoch would change what was read.</summary>
    public readonly bool Forbids(ulong epoch, ulong writer) => Epoch > epoch || (Epoch == epoch && Reader != writer);
}
