using System.Text;

namespace Daos.Fabric.Protocol;

/// <summary>Short texts and lists in the messages of pools and containers, which are not on the data path: UTF-8 after a 16-bit length.</summary>
internal static class WireText
{
    internal static void WriteText(this ref WireWriter writer, string text, int bytesMax)
    {
        int lengthBytes = Encoding.UTF8.GetByteCount(text);
        if (lengthBytes > bytesMax)
        {
            throw new ArgumentException($"'{text}' is longer than {bytesMax} bytes");
        }

        writer.WriteUInt16((ushort)lengthBytes);
        Span<byte> bytes = writer.Take(lengthBytes);
        if (bytes.Length != 0)
        {
            Encoding.UTF8.GetBytes(text, bytes);
        }
    }

    internal static string ReadText(this ref WireReader reader, int bytesMax)
    {
        int lengthBytes = reader.ReadUInt16();
        if (lengthBytes > bytesMax)
        {
            reader.Fail();
        }

        ReadOnlySpan<byte> bytes = reader.ReadBytes(lengthBytes);
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            reader.Fail();
            return "";
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
