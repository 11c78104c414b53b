namespace Daos.Fabric.Protocol.Objects;

/// <summary>Checks one iod of an update or fetch, including that its sizes add up without overflow.</summary>
internal static unsafe class IodParsing
{
    internal static DerCode Parse(
        byte* payload, int lengthBytes, ref int position, bool isUpdate, ref int recxs, ref int checksums, ref long valueBytes)
    {
        if (lengthBytes - position < IodWire.SizeBytes)
        {
            return DerCode.Protocol;
        }

        var wire = (IodWire*)(payload + position);
        if (wire->AkeyBytes > ProtocolLimits.KeyBytesMax)
        {
            return DerCode.KeyTooBig;
        }

        bool isSingle = wire->Type == (byte)IodType.Single;
        if (wire->AkeyBytes == 0
            || (!isSingle && wire->Type != (byte)IodType.Array)
            || (isSingle ? wire->RecxCount != 0 : wire->RecxCount == 0)
            || !ChecksumTypes.IsKnown(wire->ChecksumType)
            || (wire->Conditions & ~ConditionsOf(isUpdate)) != 0
            || wire->RecxCount > ProtocolLimits.RecxsMax
            || (recxs += wire->RecxCount) > ProtocolLimits.RecxsMax
            || wire->ChecksumWords > ProtocolLimits.ChecksumWordsMax
            || (checksums += (int)wire->ChecksumWords) > ProtocolLimits.ChecksumWordsMax)
        {
            return DerCode.Protocol;
        }

        int iodBytes = ObjectLayout.IodBytes(wire->AkeyBytes, wire->RecxCount, (int)wire->ChecksumWords);
        if (lengthBytes - position < iodBytes || !ObjectParsing.PaddingIsZero((byte*)(wire + 1), wire->AkeyBytes))
        {
            return DerCode.Protocol;
        }

        position += iodBytes;
        return CheckSizes(wire, isUpdate, ref valueBytes);
    }

    private static int ConditionsOf(bool isUpdate) =>
        (int)(isUpdate ? ObjectFlags.AkeyInsert | ObjectFlags.AkeyUpdate : ObjectFlags.AkeyFetch);

    /// <summary>Bytes of a checked iod's value.</summary>
    internal static long ValueBytes(IodWire* wire)
    {
        if (wire->Type == (byte)IodType.Single)
        {
            return (long)wire->RecordBytes;
        }

        long records = 0;
        Recx* recx = RecxsOf(wire);
        for (uint i = 0; i < wire->RecxCount; i++)
        {
            records += (long)recx[i].Count;
        }

        return records * (long)wire->RecordBytes;
    }

    private static DerCode CheckSizes(IodWire* wire, bool isUpdate, ref long valueBytes)
    {
        if (wire->RecordBytes > (ulong)ProtocolLimits.ValueBytesMax)
        {
            return DerCode.RecordTooBig;
        }

        long expectedChecksums = 0;
        if (wire->Type == (byte)IodType.Single)
        {
            valueBytes += (long)wire->RecordBytes;
            expectedChecksums = ObjectLayout.ChecksumCount((long)wire->RecordBytes, 0);
        }
        else
        {
            Recx* recx = RecxsOf(wire);
            for (uint i = 0; i < wire->RecxCount; i++)
            {
                DerCode code = CheckExtent(wire, recx + i, ref valueBytes, ref expectedChecksums);
                if (code.IsError)
                {
                    return code;
                }
            }
        }

        if (valueBytes > ProtocolLimits.ValueBytesMax)
        {
            return DerCode.RecordTooBig;
        }

        bool hasChecksums = isUpdate && wire->ChecksumType != (byte)ChecksumType.None;
        long expectedWords = hasChecksums ? expectedChecksums * ChecksumTypes.Words((ChecksumType)wire->ChecksumType) : 0;
        return wire->ChecksumWords == expectedWords ? DerCode.Success : DerCode.IoInval;
    }

    private static DerCode CheckExtent(IodWire* wire, Recx* recx, ref long valueBytes, ref long expectedChecksums)
    {
        // The end itself must be a valid index, and the records of a punch (record bytes 0) move no data.
        if (recx->Count == 0 || recx->Index > ulong.MaxValue - recx->Count)
        {
            return DerCode.IoInval;
        }

        if (wire->RecordBytes == 0)
        {
            return DerCode.Success;
        }

        if (recx->Count > (ulong)ProtocolLimits.ValueBytesMax / wire->RecordBytes)
        {
            return DerCode.RecordTooBig;
        }

        long bytes = (long)(recx->Count * wire->RecordBytes);
        valueBytes += bytes;
        if (recx->End > ulong.MaxValue / wire->RecordBytes)
        {
            return DerCode.IoInval;
        }

        expectedChecksums += ObjectLayout.ExtentChecksumCount(recx->Index * wire->RecordBytes, bytes, wire->ChunkBytes);
        return DerCode.Success;
    }

    private static Recx* RecxsOf(IodWire* wire) => (Recx*)((byte*)(wire + 1) + ObjectLayout.Align8(wire->AkeyBytes));
}
