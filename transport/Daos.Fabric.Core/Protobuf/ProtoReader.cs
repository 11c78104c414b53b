using System.Text;

namespace Daos.Fabric.Core.Protobuf;

/// <summary>
/// Reads the fields of one protobuf message from bytes that may be anything: it never reads outside them and allocates nothing that they do not
/// pay for. The first wrong byte makes it fail for good, and then there are no more fields. A field of an unknown number or of another wire type
/// than expected is skipped, as protobuf wants it. Lives on one stack.
/// </summary>
public ref struct ProtoReader(ReadOnlySpan<byte> source)
{
    private const int VarintBytesMax = 10;
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _source = source;
    private int _position;

    /// <summary>True once something was malformed.</summary>
    public bool Failed { get; private set; }

    /// <summary>The next field; false at the end, and after a failure.</summary>
    /// <param name="field">Its number, from 1.</param>
    /// <param name="type">How it stands there: read it so, or <see cref="Skip"/> it.</param>
    public bool TryReadTag(out int field, out ProtoWireType type)
    {
        field = 0;
        type = default;
        if (Failed || _position == _source.Length)
        {
            return false;
        }

        ulong tag = ReadVarint();
        type = (ProtoWireType)(tag & 7);
        field = tag >> 3 <= int.MaxValue >> 2 ? (int)(tag >> 3) : 0;
        Failed |= field == 0 || type is not (ProtoWireType.Varint or ProtoWireType.Fixed64 or ProtoWireType.Bytes or ProtoWireType.Fixed32);
        return !Failed;
    }

    /// <summary>A number as it stands there; 0 after a failure.</summary>
    public ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0; i < VarintBytesMax; i++)
        {
            if (_position == _source.Length)
            {
                break;
            }

            byte next = _source[_position++];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                // The tenth byte has room for one bit.
                Failed |= i == VarintBytesMax - 1 && next > 1;
                return Failed ? 0 : value;
            }
        }

        Failed = true;
        return 0;
    }

    /// <summary>An <c>int32</c>: the low half, as protobuf cuts it.</summary>
    public int ReadInt32() => (int)ReadVarint();

    /// <summary>A <c>uint32</c>: the low half, as protobuf cuts it.</summary>
    public uint ReadUInt32() => (uint)ReadVarint();

    /// <summary>An <c>int64</c>.</summary>
    public long ReadInt64() => (long)ReadVarint();

    /// <summary>A <c>bool</c>.</summary>
    public bool ReadBool() => ReadVarint() != 0;

    /// <summary>The bytes of a field of type <see cref="ProtoWireType.Bytes"/>, in place.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        ulong length = ReadVarint();
        return length <= int.MaxValue ? Take((int)length) : Fail();
    }

    /// <summary>Text; fails when it is not UTF-8 or longer than so many bytes. Empty after a failure.</summary>
    public string ReadText(int bytesMax)
    {
        ReadOnlySpan<byte> bytes = ReadBytes();
        if (bytes.Length > bytesMax)
        {
            Failed = true;
            return "";
        }

        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            Failed = true;
            return "";
        }
    }

    /// <summary>Adds the numbers of a repeated field to a list: one, or a packed row of them. Fails when there are more than so many.</summary>
    public void ReadNumbers(ProtoWireType type, List<ulong> numbers, int countMax)
    {
        if (type == ProtoWireType.Varint)
        {
            Add(ReadVarint(), numbers, countMax);
            return;
        }

        if (type != ProtoWireType.Bytes)
        {
            Skip(type);
            return;
        }

        var packed = new ProtoReader(ReadBytes());
        while (!Failed && packed._position < packed._source.Length)
        {
            Add(packed.ReadVarint(), numbers, countMax);
            Failed |= packed.Failed;
        }
    }

    /// <summary>Leaves a field out.</summary>
    public void Skip(ProtoWireType type)
    {
        switch (type)
        {
            case ProtoWireType.Varint:
                ReadVarint();
                break;
            case ProtoWireType.Bytes:
                ReadBytes();
                break;
            default:
                Take(type == ProtoWireType.Fixed64 ? sizeof(ulong) : sizeof(uint));
                break;
        }
    }

    private void Add(ulong number, List<ulong> numbers, int countMax)
    {
        Failed |= numbers.Count >= countMax;
        if (!Failed)
        {
            numbers.Add(number);
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (Failed || length > _source.Length - _position)
        {
            return Fail();
        }

        ReadOnlySpan<byte> bytes = _source.Slice(_position, length);
        _position += length;
        return bytes;
    }

    private ReadOnlySpan<byte> Fail()
    {
        Failed = true;
        return default;
    }
}
