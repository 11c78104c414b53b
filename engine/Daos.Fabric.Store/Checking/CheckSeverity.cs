namespace Daos.Fabric.Store.Checking;

/// <summary>How bad a finding is.</summary>
public enum CheckSeverity : byte
{
    /// <summary>Nothing is lost: one bad copy of two, space that nobody can use.</summary>
    Warning,

    /// <summary>Something stored is wrong, or cannot be trusted.</summary>
    Damage,
}
