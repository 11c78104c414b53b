using Daos.Fabric.Client.Calls;
using Daos.Fabric.Protocol.Objects;

namespace Daos.Fabric.Client.Objects;

/// <summary>Hands a fetch's reply, which was checked when it arrived, to the caller's iods. Any thread that holds the call.</summary>
internal static unsafe class FetchResults
{
    /// <summary>Fills in sizes and maps, and spreads the data over the pieces. DER_REC2BIG when they are too small for it.</summary>
    internal static DerCode Fill(ClientCall call, ReadOnlySpan<DaosFetchIod> iods, bool isInline)
    {
        bool expectsInline = isInline && !call.WantsSizesOnly;
        Invariant.Check(FetchReply.TryParse(call.ValueAddress, (int)call.ValueBytes, expectsInline, out FetchReply reply));
        byte* values = isInline ? reply.InlineValues : call.Memory;
        int index = 0;
        foreach (FetchIod found in reply)
        {
            DaosFetchIod iod = iods[index++];
            iod.RecordBytes = (long)found.RecordBytes;
            iod.Found = found.Map.ToArray();
            iod.DeliveredBytes = call.WantsSizesOnly ? 0 : found.ValueBytes;
            if (iod.DeliveredBytes > iod.CapacityBytes)
            {
                return DerCode.RecordTooBig;
            }

            if (iod.DeliveredBytes > 0)
            {
                iod.Scatter(new ReadOnlySpan<byte>(values + found.ValueOffset, checked((int)found.ValueBytes)));
            }
        }

        return DerCode.Success;
    }
}
