namespace Daos.Fabric.Metadata;

/// <summary>Refuses bad input before it costs anything; the same for every store. Pure functions.</summary>
internal static class MetadataChecks
{
    /// <summary>Success, DER_INVAL, DER_KEY2BIG, DER_REC2BIG, DER_OVERFLOW.</summary>
    internal static DerCode Check(MetadataTransaction transaction)
    {
        if (transaction.When.Count > MetadataLimits.ComparesMax
            || transaction.Then.Count > MetadataLimits.OperationsMax
            || transaction.Else.Count > MetadataLimits.OperationsMax)
        {
            return DerCode.Overflow;
        }

        long bytes = 0;
        DerCode code = DerCode.Success;
        foreach (MetadataCompare compare in transaction.When)
        {
            code = code.IsSuccess ? Check(compare.Key, compare.Value.Length, ref bytes) : code;
        }

        code = code.IsSuccess ? Check(transaction.Then, ref bytes) : code;
        code = code.IsSuccess ? Check(transaction.Else, ref bytes) : code;
        return code.IsError ? code : bytes > MetadataLimits.TransactionBytesMax ? DerCode.Overflow : code;
    }

    /// <summary>Success, DER_INVAL, DER_KEY2BIG.</summary>
    internal static DerCode Check(MetadataRange range)
    {
        if (range.From.Length > MetadataLimits.KeyBytesMax + 1 || range.To.Length > MetadataLimits.KeyBytesMax + 1)
        {
            return DerCode.KeyTooBig;
        }

        bool isForeign = (range.From.IsReserved && !range.From.IsOwn) || range.To > (range.To.IsOwn ? range.To : MetadataKey.End);
        return range.First >= range.To || isForeign || range.Revision < 0 || range.Limit is < 0 or > MetadataLimits.PageEntriesMax
            ? DerCode.Invalid
            : DerCode.Success;
    }

    /// <summary>Success or DER_INVAL.</summary>
    internal static DerCode CheckTtl(long ttlMs) =>
        ttlMs is >= MetadataLimits.LeaseTtlMinMs and <= MetadataLimits.LeaseTtlMaxMs ? DerCode.Success : DerCode.Invalid;

    private static DerCode Check(IReadOnlyList<MetadataOperation> operations, ref long bytes)
    {
        var keys = new HashSet<MetadataKey>(operations.Count);
        foreach (MetadataOperation operation in operations)
        {
            DerCode code = Check(operation.Key, operation.Value.Length, ref bytes);
            if (code.IsError)
            {
                return code;
            }

            if (!keys.Add(operation.Key) || operation.Lease < 0)
            {
                return DerCode.Invalid;
            }
        }

        return DerCode.Success;
    }

    private static DerCode Check(MetadataKey key, int valueBytes, ref long bytes)
    {
        bytes += key.Length + valueBytes;
        return key.Length == 0 || (key.IsReserved && !key.IsOwn) ? DerCode.Invalid
            : key.Length > MetadataLimits.KeyBytesMax ? DerCode.KeyTooBig
            : valueBytes > MetadataLimits.ValueBytesMax ? DerCode.RecordTooBig
            : DerCode.Success;
    }
}
