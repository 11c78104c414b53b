using System.Text;

namespace Daos.Fabric.Engine.Services;

/// <summary>A short text in a record: its length in bytes (16 bits), then UTF-8. Pure functions.</summary>
internal static class RecordText
{
    internal static void Write(ref WireWriter writer, string text)
    {
        int lengthBytes = Encoding.UTF8.GetByteCount(text);
        Invariant.Check(lengthBytes <= ProtocolLimits.LabelBytesMax);
        writer.WriteUInt16((ushort)lengthBytes);
        Span<byte> room = writer.Take(lengthBytes);
        if (room.Length == lengthBytes)
        {
            Encoding.UTF8.GetBytes(text, room);
        }
    }

    internal static string Read(ref WireReader reader) => Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadUInt16()));
}
