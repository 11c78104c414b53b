namespace Daos.Fabric.Engine.Services;

/// <summary>How the storage was formatted: layout version (16 bits), targets (16 bits), whether it is volatile (8 bits).</summary>
internal readonly record struct EngineRecord(int Targets, bool IsVolatile)
{
    /// <summary>The layout of the system tables.</summary>
    public const ushort CurrentVersion = 1;

    public const int BytesMax = 8;

    public int Write(Span<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteUInt16(CurrentVersion);
        writer.WriteUInt16((ushort)Targets);
        writer.WriteByte(IsVolatile ? (byte)1 : (byte)0);
        Invariant.Check(!writer.Failed);
        return writer.Position;
    }

    /// <summary>DER_DF_INCOMPT for a newer layout, DER_DF_INVAL for garbage.</summary>
    public static DerCode Read(ReadOnlySpan<byte> source, out EngineRecord record)
    {
        var reader = new WireReader(source);
        ushort version = reader.ReadUInt16();
        record = new EngineRecord(reader.ReadUInt16(), reader.ReadByte() != 0);
        return version > CurrentVersion ? DerCode.DfIncompt
            : reader.IsComplete && record.Targets is > 0 and <= Limits.TargetsMax ? DerCode.Success
            : DerCode.DfInval;
    }
}
