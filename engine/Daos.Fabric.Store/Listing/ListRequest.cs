namespace Daos.Fabric.Store.Listing;

/// <summary>What one call of a listing asks for. A value.</summary>
public readonly record struct ListRequest
{
    /// <summary>Where to start; all zero for the beginning.</summary>
    public ListAnchor Anchor { get; init; }

    /// <summary>Entries at most; 0 for as many as fit.</summary>
    public int CountMax { get; init; }

    /// <summary>From the last key to the first.</summary>
    public bool Descending { get; init; }
}
