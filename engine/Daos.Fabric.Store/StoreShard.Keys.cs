using Daos.Fabric.Store.Io;
using Daos.Fabric.Store.Listing;
using Daos.Fabric.Store.Punch;

namespace Daos.Fabric.Store;

/// <summary>Punches, listings and key queries.</summary>
public sealed partial class StoreShard
{
    /// <summary>
    /// Punches an object, a dkey or akeys of a dkey in one local transaction; reads at older epochs still see what was there. Ranges of an
    /// array are punched by <see cref="UpdatePlan.AddHole"/>. The answer may leave once <paramref name="position"/> is stable, also when it
    /// is an error.
    /// </summary>
    /// <param name="target">Where; the dkey is not looked at when the object is punched.</param>
    /// <param name="scope">What is punched.</param>
    /// <param name="akeys">The akeys for <see cref="PunchScope.Akeys"/>, else empty.</param>
    /// <param name="position">Wait for it before answering.</param>
    /// <param name="epoch">When it was punched.</param>
    /// <returns>
    /// Success, also when there was nothing to punch; with the condition DER_NONEXIST; DER_CONT_NONEXIST; DER_EP_OLD; DER_INVAL,
    /// DER_KEY2BIG; DER_TX_RESTART; DER_NOSPACE; DER_OVERLOAD_RETRY; DER_AGAIN: nothing happened, await <see cref="AdmitAsync"/>.
    /// </returns>
    public DerCode Punch(
        in ObjectTarget target, PunchScope scope, ReadOnlySpan<KeyBytes> akeys, out LogPosition position, out Epoch epoch)
    {
        Loop.Assert();
        Objects.CountOperation();
        return Objects.Puncher.Punch(in target, scope, akeys, out position, out epoch);
    }

    /// <summary>
    /// Lists the dkeys of an object, packed as u16 length and bytes. A call may bring none and not be at the end: go on with
    /// <paramref name="next"/>.
    /// </summary>
    /// <param name="target">Container, object and epoch; the dkey is not looked at.</param>
    /// <param name="request">Where to start, how many.</param>
    /// <param name="packed">Where the keys go.</param>
    /// <param name="next">Where the next call goes on.</param>
    /// <param name="result">How many, and what the answer depends on.</param>
    /// <returns>Success; DER_KEY2BIG when the next key alone does not fit; DER_CONT_NONEXIST; DER_EP_OLD; DER_INVAL.</returns>
    public DerCode ListDkeys(
        in ObjectTarget target, in ListRequest request, Span<byte> packed, out ListAnchor next, out ListResult result)
    {
        Loop.Assert();
        return Objects.KeyLister.ListDkeys(in target, in request, packed, out next, out result);
    }

    /// <summary>Lists the akeys of a dkey; see <see cref="ListDkeys"/>.</summary>
    public DerCode ListAkeys(
        in ObjectTarget target, in ListRequest request, Span<byte> packed, out ListAnchor next, out ListResult result)
    {
        Loop.Assert();
        return Objects.KeyLister.ListAkeys(in target, in request, packed, out next, out result);
    }

    /// <summary>
    /// Lists the visible runs of an array, packed as <see cref="ListedExtent"/>; see <see cref="ListDkeys"/>. Parity is not among them.
    /// DER_INVAL for a single value.
    /// </summary>
    public DerCode ListExtents(
        in ObjectTarget target, KeyBytes akey, in ListRequest request, Span<byte> packed, out ListAnchor next, out ListResult result)
    {
        Loop.Assert();
        return Objects.ExtentLister.List(in target, akey, in request, packed, out next, out result);
    }

    /// <summary>
    /// Finds the largest or smallest dkey, akey and run of records; levels that are not asked for are given. Keys in hash order have none.
    /// </summary>
    /// <param name="target">Container, object, epoch, and the dkey unless it is asked for.</param>
    /// <param name="flags">What is asked for.</param>
    /// <param name="akey">The akey, when a run is asked for and the akey is not.</param>
    /// <param name="dkeyFound">Where the dkey's bytes go.</param>
    /// <param name="akeyFound">Where the akey's bytes go.</param>
    /// <param name="result">Lengths, the run, the newest write, and what the answer depends on, also when it is an error.</param>
    /// <param name="dataCells">Data cells of a stripe, 2 to 65,536, when parity is to count; else it is not looked at.</param>
    /// <returns>Success; DER_NONEXIST; DER_INVAL; DER_KEY2BIG; DER_OVERFLOW after too many punched keys; DER_CONT_NONEXIST; DER_EP_OLD.</returns>
    public DerCode QueryKey(
        in ObjectTarget target,
        KeyQueryFlags flags,
        KeyBytes akey,
        Span<byte> dkeyFound,
        Span<byte> akeyFound,
        out KeyQueryResult result,
        int dataCells = 0)
    {
        Loop.Assert();
        return Objects.KeyQuery.Query(in target, flags, akey, dkeyFound, akeyFound, out result, dataCells);
    }

    /// <summary>
    /// Walks over objects, keys, versions of a single value or extents, packed as <see cref="IterationEntry"/> with the key behind it: for
    /// the engine's own work. To go down, call again with what was found. A call may bring no entry and not be at the end: go on with
    /// <paramref name="next"/>.
    /// </summary>
    /// <param name="level">What is walked over.</param>
    /// <param name="target">The container, and the object and dkey from the level of dkeys and akeys on; epoch and conditions are not looked at.</param>
    /// <param name="akey">The akey, for versions and extents.</param>
    /// <param name="request">Where to start, which epochs, what of it.</param>
    /// <param name="packed">Where the entries go.</param>
    /// <param name="next">Where the next call goes on.</param>
    /// <param name="result">How many, and what the answer depends on.</param>
    /// <returns>
    /// Success; DER_KEY2BIG when the next entry alone does not fit (the result tells its bytes); DER_CONT_NONEXIST; DER_EP_OLD when the
    /// upper epoch lies below the aggregated one; DER_INVAL; DER_OVERFLOW when too much lies in one place of an array.
    /// </returns>
    public DerCode Iterate(
        IterationLevel level,
        in ObjectTarget target,
        KeyBytes akey,
        in IterationRequest request,
        Span<byte> packed,
        out ListAnchor next,
        out ListResult result)
    {
        Loop.Assert();
        return Objects.Iterator.Iterate(level, in target, akey, in request, packed, out next, out result);
    }
}
