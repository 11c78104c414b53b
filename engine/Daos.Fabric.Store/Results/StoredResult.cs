namespace Daos.Fabric.Store.Results;

/// <summary>What a modification was answered the first time.</summary>
/// <param name="Code">Success, DER_EXIST or DER_NONEXIST.</param>
/// <param name="Epoch">The epoch it was applied at.</param>
public readonly record struct StoredResult(DerCode Code, Epoch Epoch);
