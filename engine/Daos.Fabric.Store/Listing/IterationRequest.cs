namespace Daos.Fabric.Store.Listing;

/// <summary>What a call of an iteration asks for. A value.</summary>
public readonly record struct IterationRequest
{
    /// <summary>Where to start; all zero for the beginning.</summary>
    public ListAnchor Anchor { get; init; }

    /// <summary>Entries at most; 0 for as many as fit.</summary>
    public int CountMax { get; init; }

    /// <summary>Versions, extents and punches below it are left out. None for all. Existence is judged by the upper epoch alone.</summary>
    public Epoch Low { get; init; }

    /// <summary>Everything is seen as of this epoch; none for the newest.</summary>
    public Epoch High { get; init; }

    /// <summary>Which versions of a single value.</summary>
    public EpochExpression Expression { get; init; }

    /// <summary>What is given.</summary>
    public IterationFilter Filter { get; init; }

    /// <summary>First record of the range of an array to look at; with bit 63 among the parity.</summary>
    public ulong Index { get; init; }

    /// <summary>Records of that range; 0 for everything on that side of bit 63.</summary>
    public ulong Count { get; init; }

    internal bool IsReverse => (Filter & IterationFilter.Reverse) != 0;

    internal bool WithPunched => (Filter & IterationFilter.Punched) != 0;

    internal bool WithCovered => (Filter & IterationFilter.Covered) == IterationFilter.Covered;

    internal bool IsSorted => (Filter & IterationFilter.Visible) != 0;

    internal bool SkipsHoles => (Filter & IterationFilter.SkipHoles) != 0;

    internal ulong LastEpoch =>
        Expression == EpochExpression.Equal ? Low.Value : High.IsSet ? High.Value : ulong.MaxValue;
}
