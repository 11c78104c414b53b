namespace Daos.Fabric.Client.KeyValues;

/// <summary>When a put is carried out (DAOS: DAOS_COND_KEY_INSERT, DAOS_COND_KEY_UPDATE).</summary>
public enum PutCondition : byte
{
    /// <summary>Always.</summary>
    None,

    /// <summary>Only if the key has no value; else DER_EXIST.</summary>
    Insert,

    /// <summary>Only if the key has a value; else DER_NONEXIST.</summary>
    Update,
}
