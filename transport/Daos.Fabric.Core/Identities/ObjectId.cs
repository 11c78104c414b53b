namespace Daos.Fabric.Core.Identities;

/// <summary>
/// A DAOS object id: 96 user bits, unique in the container, with type and class in the upper 32 bits.
/// </summary>
/// <remarks>
/// <code>
/// High  63      56 55      48 47            32 31                       0
///      | type     | class    | groups         | user bits 95..64          |
/// Low   63                                                              0
///      | user bits 63..0                                                 |
/// </code>
/// Class is the redundancy ordinal (1 = one replica), groups the number of redundancy groups (0xFFFF = as many as there are).
/// On wire and media: Low then High, little-endian.
/// </remarks>
public readonly record struct ObjectId(ulong High, ulong Low) : IComparable<ObjectId>
{
    /// <summary>Size on wire and media.</summary>
    public const int SizeBytes = 16;

    /// <summary>OBJ_CLASS_X: as many redundancy groups as the pool allows.</summary>
    public const ushort GroupsMax = 0xFFFF;

    private const int TypeShift = 56;
    private const int ClassShift = 48;
    private const int GroupsShift = 32;

    /// <summary>Composes an id (daos_obj_generate_oid).</summary>
    /// <param name="userHigh">User bits 95..64.</param>
    /// <param name="userLow">User bits 63..0.</param>
    /// <param name="type">Key order and purpose.</param>
    /// <param name="classOrdinal">Redundancy ordinal.</param>
    /// <param name="groups">Redundancy groups.</param>
    public static ObjectId Create(uint userHigh, ulong userLow, ObjectType type, byte classOrdinal = 1, ushort groups = GroupsMax) =>
        new(((ulong)type << TypeShift) | ((ulong)classOrdinal << ClassShift) | ((ulong)groups << GroupsShift) | userHigh, userLow);

    /// <summary>Key order and purpose.</summary>
    public ObjectType Type => (ObjectType)(High >> TypeShift);

    /// <summary>Redundancy ordinal.</summary>
    public byte ClassOrdinal => (byte)(High >> ClassShift);

    /// <summary>Redundancy groups.</summary>
    public ushort Groups => (ushort)(High >> GroupsShift);

    /// <summary>The class id as DAOS numbers classes: (ordinal &lt;&lt; 24) | groups.</summary>
    public uint ClassId => ((uint)ClassOrdinal << 24) | Groups;

    /// <summary>Order of the dkeys.</summary>
    public KeyOrder DkeyOrder => Type switch
    {
        ObjectType.DkeyUInt64 or ObjectType.MultiUInt64 or ObjectType.KeyValueUInt64
            or ObjectType.Array or ObjectType.ArrayAttributes or ObjectType.ArrayByte => KeyOrder.Integer,
        ObjectType.DkeyLexical or ObjectType.MultiLexical or ObjectType.KeyValueLexical => KeyOrder.Lexical,
        _ => KeyOrder.Hashed,
    };

    /// <summary>Order of the akeys.</summary>
    public KeyOrder AkeyOrder => Type switch
    {
        ObjectType.AkeyUInt64 or ObjectType.MultiUInt64 => KeyOrder.Integer,
        ObjectType.AkeyLexical or ObjectType.MultiLexical => KeyOrder.Lexical,
        _ => KeyOrder.Hashed,
    };

    /// <summary>Reads 16 bytes.</summary>
    public static ObjectId Read(ReadOnlySpan<byte> source) =>
        new(MemoryMarshal.Read<ulong>(source[8..]), MemoryMarshal.Read<ulong>(source));

    /// <summary>Writes 16 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        MemoryMarshal.Write(destination, Low);
        MemoryMarshal.Write(destination[8..], High);
    }

    /// <summary>Compares as a 128-bit number.</summary>
    public int CompareTo(ObjectId other)
    {
        int high = High.CompareTo(other.High);
        return high != 0 ? high : Low.CompareTo(other.Low);
    }

    /// <summary>HI.LO in decimal, as DAOS prints ids.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{High}.{Low}");

    /// <summary>Compares as 128-bit numbers.</summary>
    public static bool operator <(ObjectId left, ObjectId right) => left.CompareTo(right) < 0;

    /// <summary>Compares as 128-bit numbers.</summary>
    public static bool operator >(ObjectId left, ObjectId right) => left.CompareTo(right) > 0;

    /// <summary>Compares as 128-bit numbers.</summary>
    public static bool operator <=(ObjectId left, ObjectId right) => left.CompareTo(right) <= 0;

    /// <summary>Compares as 128-bit numbers.</summary>
    public static bool operator >=(ObjectId left, ObjectId right) => left.CompareTo(right) >= 0;
}
