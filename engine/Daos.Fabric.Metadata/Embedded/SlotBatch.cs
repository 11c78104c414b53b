using Daos.Fabric.Core.Buffers;

namespace Daos.Fabric.Metadata.Embedded;

/// <summary>
/// The slots that one change of the store writes, in native memory: for each an akey of 8 bytes and the record. Used again for every change.
/// Owned by one owner thread.
/// </summary>
internal sealed unsafe class SlotBatch : IDisposable
{
    private const int AkeyBytes = sizeof(long);
    private const int RecordsMax = MetadataLimits.LeaseStepKeys + MetadataLimits.OperationsMax + 4;

    // All of a transaction, and the headers of its records; memory that was never touched costs nothing.
    private readonly NativeSlab _memory = new(
        MetadataLimits.TransactionBytesMax + (RecordsMax * (long)(SlotRecord.EntryHeaderBytes + AkeyBytes + 8)) + SlotRecord.EntryBytesMax);

    private readonly (int Akey, int Record, int Bytes)[] _records = new (int, int, int)[RecordsMax];
    private int _used;

    internal int Count { get; private set; }

    internal void Clear()
    {
        Count = 0;
        _used = 0;
    }

    /// <summary>Room for one slot's record; 0 bytes free the slot.</summary>
    internal Span<byte> Add(long slot, int recordBytes)
    {
        int akey = (_used + 7) & ~7;
        int record = akey + AkeyBytes;
        Invariant.Check(Count < RecordsMax && record + recordBytes <= _memory.LengthBytes);
        *(long*)(_memory.Address + akey) = slot;
        _records[Count++] = (akey, record, recordBytes);
        _used = record + recordBytes;
        return new Span<byte>(_memory.Address + record, recordBytes);
    }

    internal byte* AkeyOf(int index) => _memory.Address + _records[index].Akey;

    internal byte* RecordOf(int index) => _memory.Address + _records[index].Record;

    internal int BytesOf(int index) => _records[index].Bytes;

    public void Dispose() => _memory.Dispose();
}
