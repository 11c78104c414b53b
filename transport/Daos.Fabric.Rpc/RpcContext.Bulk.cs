using Daos.Fabric.Rpc.Services;

namespace Daos.Fabric.Rpc;

/// <content>Regions of memory that calls expose, and connections by which other ranks reach them.</content>
public sealed partial class RpcContext
{
    /// <summary>Bulk regions that somebody holds.</summary>
    public int BulksInUse => Bulks.InUse;

    /// <summary>A region over a list of segments, to be freed; null when <see cref="RpcLimits.BulkRegionsMax"/> are in use.</summary>
    public BulkRegion? TryRentBulk(ReadOnlySpan<BulkSegment> segments, MemoryAccess access)
    {
        Loop.Assert();
        ArgumentOutOfRangeException.ThrowIfZero(segments.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(segments.Length, RpcLimits.ExposedMax);
        return Bulks.TryRent(segments, access);
    }

    /// <summary>A line per region that somebody holds: its length and its holders. For leak reports.</summary>
    public string DescribeBulks() => Bulks.Describe();

    /// <summary>
    /// Makes an endpoint able to reach memory whose handle comes to it through another rank: connects, and introduces the connection. To be
    /// done before a handle is sent that names the endpoint (<see cref="RpcCall.Expose(BulkRegion, ReadOnlySpan{RpcEndpoint})"/>); once per
    /// connection it costs a round trip. When it fails (DER_UNREACH, DER_TIMEDOUT, ...) the handle goes without that rank and whoever
    /// forwards it relays.
    /// </summary>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    public async ValueTask<DerCode> BindAsync(RpcEndpoint endpoint, long deadlineNs)
    {
        if (endpoint.IsOpen && endpoint.Session!.Introduction != Guid.Empty)
        {
            return DerCode.Success;
        }

        Guid name = _names.NextGuid();
        RpcCall call = RentCall();
        DerCode code = await call.AdmitAsync(endpoint, InternalOpcodes.Introduce, deadlineNs);
        if (code.IsSuccess)
        {
            name.TryWriteBytes(call.BeginRequest(RpcSession.IntroductionBytes), bigEndian: true, out _);
            code = await call.SendAsync(RpcSession.IntroductionBytes);
        }

        if (code.IsSuccess)
        {
            call.Session!.Introduction = name;
        }

        call.Free();
        return code;
    }
}
