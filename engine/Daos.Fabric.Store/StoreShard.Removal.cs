using Daos.Fabric.Store.Aggregation;
using Daos.Fabric.Store.Io;

namespace Daos.Fabric.Store;

/// <summary>Taking records out of arrays, as if they had never been written.</summary>
public sealed partial class StoreShard
{
    /// <summary>
    /// Takes out of an array what was written to a range of records in a range of epochs, punched ranges included, as if it had never been
    /// (DAOS: vos_obj_array_remove, for the upkeep of erasure-coded arrays). What it covered shows again, at all epochs and in snapshots.
    /// Extents are not cut: one that lies in the range with a part only is a refusal, and then nothing was changed. The keys stay. The answer
    /// may leave once <paramref name="position"/> is stable.
    /// </summary>
    /// <param name="target">Container, object and dkey; epoch and conditions are not looked at.</param>
    /// <param name="akey">The array.</param>
    /// <param name="range">Which records, written when.</param>
    /// <param name="position">Wait for it before answering.</param>
    /// <param name="removed">Extents taken out; none when there was nothing.</param>
    /// <returns>
    /// Success; DER_NO_PERM when an extent lies partly in the range; DER_TX_BUSY when one is undecided; DER_EP_OLD when the epochs begin or end
    /// among what was aggregated, where versions are no longer apart; DER_OVERFLOW when it is too much for one transaction: ask for fewer
    /// records; DER_INVAL for an empty range or epochs in the wrong order, and for a single value; DER_KEY2BIG; DER_CONT_NONEXIST; DER_IO,
    /// DER_SHUTDOWN; DER_AGAIN: nothing happened, await <see cref="AdmitAsync"/>.
    /// </returns>
    public DerCode RemoveRecords(in ObjectTarget target, KeyBytes akey, in RemovalRange range, out LogPosition position, out int removed)
    {
        Loop.Assert();
        Objects.CountOperation();
        return Objects.ArrayRemover.Remove(in target, akey, in range, out position, out removed);
    }
}
