using System.Text;

namespace Daos.Fabric.Core.Protobuf;

/// <summary>
/// Writes the fields of one protobuf message, in the order of the calls. As in proto3 a number of 0, an empty text and empty bytes are left out;
/// what must stand there although it is empty has methods of its own. For control messages: it grows and allocates. Used by one thread.
/// </summary>
public sealed class ProtoWriter
{
    private const int FirstBytes = 64;

    private byte[] _bytes = new byte[FirstBytes];
    private int _length;

    /// <summary>What was written so far; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>A copy of what was written.</summary>
    public byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();

    /// <summary>A number that is not negative: <c>uint32</c>, <c>uint64</c>.</summary>
    public ProtoWriter Write(int field, ulong value) => value == 0 ? this : WriteAlways(field, value);

    /// <summary>An <c>int32</c> or <c>int64</c>; a negative one takes ten bytes.</summary>
    public ProtoWriter Write(int field, long value) => Write(field, (ulong)value);

    /// <summary>An <c>int32</c>; a negative one takes ten bytes.</summary>
    public ProtoWriter Write(int field, int value) => Write(field, (long)value);

    /// <summary>A <c>uint32</c>.</summary>
    public ProtoWriter Write(int field, uint value) => Write(field, (ulong)value);

    /// <summary>A <c>bool</c>.</summary>
    public ProtoWriter Write(int field, bool value) => Write(field, value ? 1UL : 0);

    /// <summary>Text.</summary>
    public ProtoWriter Write(int field, string text) => text.Length == 0 ? this : WriteAlways(field, Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes.</summary>
    public ProtoWriter Write(int field, ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? this : WriteAlways(field, bytes);

    /// <summary>A row of numbers, packed.</summary>
    public ProtoWriter Write(int field, IReadOnlyCollection<ulong> numbers)
    {
        if (numbers.Count == 0)
        {
            return this;
        }

        var packed = new ProtoWriter();
        foreach (ulong number in numbers)
        {
            packed.Append(number);
        }

        return WriteAlways(field, packed.Written.Span);
    }

    /// <summary>A number, also when it is 0.</summary>
    public ProtoWriter WriteAlways(int field, ulong value)
    {
        Append((ulong)field << 3);
        Append(value);
        return this;
    }

    /// <summary>Bytes or a message, also when they are empty: the elements of a repeated field, and what is there or not.</summary>
    public ProtoWriter WriteAlways(int field, ReadOnlySpan<byte> bytes)
    {
        Append(((ulong)field << 3) | (byte)ProtoWireType.Bytes);
        Append((ulong)bytes.Length);
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
        return this;
    }

    /// <summary>A message within this one, also when it is empty.</summary>
    public ProtoWriter WriteAlways(int field, ProtoWriter message) => WriteAlways(field, message.Written.Span);

    private void Append(ulong value)
    {
        Span<byte> room = Room(10);
        int count = 0;
        while (value >= 0x80)
        {
            room[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        room[count++] = (byte)value;
        _length += count;
    }

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, checked(_length + count)));
        }

        return _bytes.AsSpan(_length);
    }
}
