using Daos.Fabric.Rpc.Requests;
using Daos.Fabric.Rpc.Services;
using Daos.Fabric.SelfTest.Options;
using Daos.Fabric.Transport.Ofi;

namespace Daos.Fabric.SelfTest.Running;

/// <summary>Finds the endpoints that the user named. On the tool's loop.</summary>
internal sealed class EndpointFinder(ToolLoop loop, ToolOptions options)
{
    private const long WaitNs = 10_000_000_000;

    /// <exception cref="DaosException">With a sentence: nobody answers, the rank or the tag is not known there.</exception>
    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    internal async ValueTask<List<RpcEndpoint>> FindAsync(IReadOnlyList<EndpointSpec> specs)
    {
        var found = new List<RpcEndpoint>();
        foreach (EndpointSpec spec in specs)
        {
            found.Add(spec.Address is null ? await FindRankAsync(spec) : await FindTagAsync(spec, spec.Address));
        }

        return found;
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<RpcEndpoint> FindRankAsync(EndpointSpec spec)
    {
        if (loop.Node.UriOfRank(spec.Rank) is null)
        {
            RpcEndpoint system = Endpoint(options.System!);
            await ConnectAsync(system);
            DerResult<TransportUri> primary = await InternalCalls.LookupUriAsync(system, spec.Rank, 0, DeadlineNs);
            if (!primary.IsSuccess)
            {
                throw new DaosException(primary.Code, "find endpoint", spec.ToString(), $"The engine at {options.System} does not know rank {spec.Rank}.");
            }

            loop.Node.PublishRank(spec.Rank, primary.Value);
        }

        RpcEndpoint endpoint = loop.Rpc.EndpointOf(spec.Rank, spec.Tag);
        DerCode code = await loop.Rpc.ConnectAsync(endpoint, DeadlineNs);
        return code.IsSuccess ? endpoint : throw new DaosException(code, "find endpoint", spec.ToString(), Reason(code, $"rank {spec.Rank}"));
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder<>))]
    private async ValueTask<RpcEndpoint> FindTagAsync(EndpointSpec spec, TransportUri address)
    {
        RpcEndpoint primary = Endpoint(address);
        await ConnectAsync(primary);
        if (spec.Tag == 0)
        {
            return primary;
        }

        DerResult<TransportUri> uri = await InternalCalls.LookupUriAsync(primary, spec.Tag, DeadlineNs);
        if (!uri.IsSuccess)
        {
            throw new DaosException(uri.Code, "find endpoint", spec.ToString(), Reason(uri.Code, address.ToString()));
        }

        DerResult<RpcEndpoint> endpoint = loop.Rpc.EndpointOf(uri.Value, spec.Tag);
        return endpoint.IsSuccess ? endpoint.Value : throw new DaosException(endpoint.Code, "find endpoint", uri.Value.ToString());
    }

    private RpcEndpoint Endpoint(TransportUri address)
    {
        if (OfiProvider.IsScheme(address.Scheme) && !OfiProvider.IsAvailable(out string reason))
        {
            throw new DaosException(DerCode.NoSys, "connect", address.ToString(), reason);
        }

        DerResult<RpcEndpoint> endpoint = loop.Rpc.EndpointOf(address, 0);
        return endpoint.IsSuccess
            ? endpoint.Value
            : throw new DaosException(endpoint.Code, "connect", address.ToString(), $"No provider here knows {address.Scheme}://.");
    }

    [AsyncMethodBuilder(typeof(UltMethodBuilder))]
    private async ValueTask ConnectAsync(RpcEndpoint endpoint)
    {
        DerCode code = await loop.Rpc.ConnectAsync(endpoint, DeadlineNs);
        if (code.IsError)
        {
            throw new DaosException(code, "connect", endpoint.Uri.ToString(), Reason(code, endpoint.Uri.ToString()));
        }
    }

    private string Reason(DerCode code, string where) => code == DerCode.Nonexist
        ? $"There is no such tag at {where}."
        : loop.Rpc.LastConnectFailure is { Length: > 0 } failure ? $"{failure}." : "Is daos_engine running and listening there?";

    private long DeadlineNs => loop.Rpc.Loop.NowNs + WaitNs;
}
