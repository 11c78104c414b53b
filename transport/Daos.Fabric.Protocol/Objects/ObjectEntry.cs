namespace Daos.Fabric.Protocol.Objects;

/// <summary>
/// An object in an object table; 24 bytes on the wire. Every target lists its objects by rising order and id, so that the lists of several
/// targets are merged as they come.
/// </summary>
/// <param name="Order">Where the id stands among others; means nothing else.</param>
/// <param name="IdLow">The id, low.</param>
/// <param name="IdHigh">The id, high.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct ObjectEntry(ulong Order, ulong IdLow, ulong IdHigh) : IComparable<ObjectEntry>
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 24;

    /// <summary>The object.</summary>
    public ObjectId Id => new(IdHigh, IdLow);

    /// <inheritdoc/>
    public int CompareTo(ObjectEntry other) => Order != other.Order ? Order.CompareTo(other.Order) : Id.CompareTo(other.Id);

    /// <summary>Compares by place in the table.</summary>
    public static bool operator <(ObjectEntry left, ObjectEntry right) => left.CompareTo(right) < 0;

    /// <summary>Compares by place in the table.</summary>
    public static bool operator >(ObjectEntry left, ObjectEntry right) => left.CompareTo(right) > 0;

    /// <summary>Compares by place in the table.</summary>
    public static bool operator <=(ObjectEntry left, ObjectEntry right) => left.CompareTo(right) <= 0;

    /// <summary>Compares by place in the table.</summary>
    public static bool operator >=(ObjectEntry left, ObjectEntry right) => left.CompareTo(right) >= 0;
}
