namespace Daos.Fabric.Core.Identities;

/// <summary>How an object's keys are ordered and what it is for (daos_otype_t); stored in the object id.</summary>
public enum ObjectType : byte
{
    /// <summary>Hashed dkeys and akeys.</summary>
    MultiHashed = 0,

    /// <summary>Object id table, version 1.</summary>
    ObjectIdTable = 1,

    /// <summary>64-bit integer dkeys, hashed akeys.</summary>
    DkeyUInt64 = 2,

    /// <summary>Hashed dkeys, 64-bit integer akeys.</summary>
    AkeyUInt64 = 3,

    /// <summary>64-bit integer dkeys and akeys.</summary>
    MultiUInt64 = 4,

    /// <summary>Lexical dkeys, hashed akeys.</summary>
    DkeyLexical = 5,

    /// <summary>Hashed dkeys, lexical akeys.</summary>
    AkeyLexical = 6,

    /// <summary>Lexical dkeys and akeys.</summary>
    MultiLexical = 7,

    /// <summary>Key-value with hashed keys.</summary>
    KeyValueHashed = 8,

    /// <summary>Key-value with 64-bit integer keys.</summary>
    KeyValueUInt64 = 9,

    /// <summary>Key-value with lexical keys.</summary>
    KeyValueLexical = 10,

    /// <summary>Array that stores its cell and chunk size under dkey 0.</summary>
    Array = 11,

    /// <summary>Array whose attributes the caller keeps.</summary>
    ArrayAttributes = 12,

    /// <summary>Byte array whose attributes the caller keeps.</summary>
    ArrayByte = 13,

    /// <summary>Object id table, version 2.</summary>
    ObjectIdTable2 = 14,
}
