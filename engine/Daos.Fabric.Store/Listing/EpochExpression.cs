namespace Daos.Fabric.Store.Listing;

/// <summary>
/// Which versions of a single value an iteration gives, of those inside the request's epochs (VOS_IT_EPC_*, with its numbers).
/// </summary>
public enum EpochExpression : byte
{
    /// <summary>The newest one.</summary>
    LessOrEqual = 0,

    /// <summary>The oldest one.</summary>
    GreaterOrEqual = 1,

    /// <summary>All, oldest first.</summary>
    Range = 2,

    /// <summary>All, newest first.</summary>
    ReverseRange = 3,

    /// <summary>The one at the lower epoch exactly.</summary>
    Equal = 4,
}
