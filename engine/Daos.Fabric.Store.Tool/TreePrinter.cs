using System.Text;

namespace Daos.Fabric.Store.Tool;

/// <summary>One line for each thing that a walk meets, indented by level.</summary>
internal sealed class TreePrinter(TextWriter output, ContainerId? only, bool showsValues) : IStoreVisitor
{
    private bool _isShown;

    /// <summary>True once the container that was asked for came.</summary>
    internal bool HasFound { get; private set; }

    public void Container(ContainerId id, bool isDestroyed, Epoch aggregated)
    {
        _isShown = only is null || id == only;
        HasFound |= _isShown;
        Print(0, $"container {id}{(isDestroyed ? " (destroyed, not yet freed)" : "")}{(showsValues ? $" aggregated {aggregated.Value}" : "")}");
    }

    public void Snapshot(Epoch epoch) => Print(1, $"snapshot {epoch.Value}");

    public void Transaction(in StoredTransaction transaction)
    {
        bool isCommitted = transaction.State == TransactionState.Committed;
        if (showsValues || !isCommitted)
        {
            string details = isCommitted ? "" : $" ({transaction.Flags}), {transaction.Records} records, {transaction.ParticipantBytes} bytes of participants";
            string id = $"{transaction.Id.Client}.{transaction.Id.Hlc:x}";
            Print(1, $"transaction {id} {transaction.State} epoch {transaction.Epoch.Value}{details}");
        }
    }

    public void Object(ObjectId id, StoredEvent newest) => Print(1, $"object {id}{Life(newest)}");

    public void Dkey(ReadOnlySpan<byte> key, StoredEvent newest) => Print(2, $"dkey {Show(key)}{Life(newest)}");

    public void Akey(ReadOnlySpan<byte> key, bool isArray, uint recordBytes, StoredEvent newest) =>
        Print(3, $"akey {Show(key)} {(isArray ? $"array of {recordBytes} bytes" : "single value")}{Life(newest)}");

    public void Value(in StoredValue value)
    {
        if (!showsValues)
        {
            return;
        }

        string range = value.Count == 1 && value.Start == 0 ? "" : $" records {value.Start}+{value.Count}";
        string place = value.IsHole ? "punched" : value.Data.Blocks == 0 ? $"arena {value.ArenaOffset}" : $"data byte {value.Data.OffsetBytes}{(value.Runs > 1 ? $" and {value.Runs - 1} more places" : "")}";
        Print(4, $"epoch {value.Epoch.Value}.{value.Minor}{range} {value.Bytes} bytes, {place}");
    }

    private static string Show(ReadOnlySpan<byte> key) =>
        key.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? $"0x{Convert.ToHexStringLower(key)}" : $"\"{Encoding.ASCII.GetString(key)}\"";

    private string Life(StoredEvent newest)
    {
        string state = newest.IsPunch ? " (punched)" : "";
        return showsValues ? $"{state} epoch {newest.Epoch.Value}.{newest.Minor}, {newest.OlderCount} older events" : state;
    }

    private void Print(int level, string line)
    {
        if (_isShown)
        {
            output.WriteLine($"{new string(' ', 2 * level)}{line}");
        }
    }
}
