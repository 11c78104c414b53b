namespace Daos.Fabric.Protocol.Objects;

/// <summary>Checks that the object messages share.</summary>
internal static unsafe class ObjectParsing
{
    internal static DerCode CheckHead(ObjectHeadWire* head, bool needsDkey)
    {
        if ((head->Flags & ~(uint)ObjectFlags.All) != 0 || (needsDkey && head->DkeyBytes == 0))
        {
            return DerCode.Protocol;
        }

        return head->DkeyBytes <= ProtocolLimits.KeyBytesMax ? DerCode.Success : DerCode.KeyTooBig;
    }

    /// <summary>The bytes between the end of a part and the next multiple of 8 are zero; the caller checked that they are there.</summary>
    internal static bool PaddingIsZero(byte* part, int lengthBytes)
    {
        for (int i = lengthBytes; i < ObjectLayout.Align8(lengthBytes); i++)
        {
            if (part[i] != 0)
            {
                return false;
            }
        }

        return true;
    }
}
