namespace Daos.Fabric.Rpc.Collectives;

/// <summary>How a collective treats its filter and failures. The numbers travel.</summary>
[Flags]
public enum CollectiveFlags : uint
{
    /// <summary>The filter names who is left out; failures do not keep the others from running.</summary>
    None = 0,

    /// <summary>The filter names who takes part (CRT_RPC_FLAG_FILTER_INVERT).</summary>
    FilterIncludes = 1,

    /// <summary>The root only hands on: it is not among those meant. Set by the service.</summary>
    RootExcluded = 2,

    /// <summary>A rank runs its part only when everybody below it ran theirs (CRT_RPC_FLAG_CO_FAILOUT).</summary>
    FailOut = 4,
}
