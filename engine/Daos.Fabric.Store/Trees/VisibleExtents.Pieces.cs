using Daos.Fabric.Store.Visibility;

namespace Daos.Fabric.Store.Trees;

/// <summary>What shows of a range together with what is covered, for iterations.</summary>
internal sealed unsafe partial class VisibleExtents
{
    private readonly List<ExtentPiece> _pieces = [];
    private readonly List<ExtentFragment> _byExtent = [];
    private readonly List<ExtentHit> _under = [];

    /// <summary>Parts of extents by first record, newest first; never-written records are not among them.</summary>
    public ReadOnlySpan<ExtentPiece> Pieces => CollectionsMarshal.AsSpan(_pieces);

    /// <summary>Builds the pieces of records [start, end) from extents written at or above an epoch. DER_OVERFLOW.</summary>
    /// <param name="memory">Where the extents lie.</param>
    /// <param name="akey">The array.</param>
    /// <param name="hidden">Extents up to this stamp are punched.</param>
    /// <param name="low">Extents below this epoch are left out.</param>
    /// <param name="view">What may be seen.</param>
    /// <param name="range">First record, and first record after the last.</param>
    /// <param name="covered">Covered and punched parts too.</param>
    public DerCode BuildPieces(
        TreeMemory memory, ulong akey, VersionStamp hidden, ulong low, ref ReadView view, (ulong Start, ulong End) range, bool covered)
    {
        _pieces.Clear();
        _byExtent.Clear();
        _under.Clear();
        VersionStamp below = low == 0 ? hidden : VersionStamp.Max(hidden, new VersionStamp(low - 1, ushort.MaxValue));
        DerCode code = Build(memory, akey, below, ref view, range.Start, range.End, covered);
        if (code.IsError)
        {
            return code;
        }

        foreach (ExtentFragment fragment in _fragments)
        {
            if (fragment.Extent != 0)
            {
                VersionStamp stamp = memory.Read<ExtentDf>(fragment.Extent)->Stamp;
                _pieces.Add(new ExtentPiece(fragment.Start, fragment.End, stamp, fragment.Extent, IsCovered: false));
                _byExtent.Add(fragment);
            }
        }

        if (covered)
        {
            AddCovered(low, range);
            _pieces.Sort();
        }

        return _pieces.Count <= ObjectLimits.FragmentsMax ? DerCode.Success : DerCode.Overflow;
    }

    // What is left of each extent when its visible fragments are taken out, and punched extents whole.
    private void AddCovered(ulong low, (ulong Start, ulong End) range)
    {
        _byExtent.Sort(static (left, right) =>
            left.Extent != right.Extent ? left.Extent.CompareTo(right.Extent) : left.Start.CompareTo(right.Start));
        _hits.Sort(static (left, right) => left.Extent.CompareTo(right.Extent));
        int next = 0;
        foreach (ExtentHit hit in _hits)
        {
            ulong at = Math.Max(hit.Start, range.Start);
            for (; next < _byExtent.Count && _byExtent[next].Extent == hit.Extent; next++)
            {
                AddCoveredPiece(at, _byExtent[next].Start, in hit);
                at = _byExtent[next].End;
            }

            AddCoveredPiece(at, Math.Min(hit.End, range.End), in hit);
        }

        foreach (ExtentHit hit in _under)
        {
            if (hit.Stamp.Epoch >= low)
            {
                AddCoveredPiece(Math.Max(hit.Start, range.Start), Math.Min(hit.End, range.End), in hit);
            }
        }
    }

    private void AddCoveredPiece(ulong start, ulong end, in ExtentHit hit)
    {
        if (start < end)
        {
            _pieces.Add(new ExtentPiece(start, end, hit.Stamp, hit.Extent, IsCovered: true));
        }
    }
}
