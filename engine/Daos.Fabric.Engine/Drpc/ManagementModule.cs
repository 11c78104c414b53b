using Daos.Fabric.Protocol.Drpc;
using Daos.Fabric.Protocol.Drpc.Messages;
using Daos.Fabric.Rpc.Groups;

namespace Daos.Fabric.Engine.Drpc;

/// <summary>
/// What daos_server asks of its engine: rank, group, start and end. Every method runs as a ULT on the system xstream, through its inbox. Called on the thread
/// pool, for several sessions at once.
/// </summary>
internal sealed class ManagementModule(EngineServer engine) : IDrpcModule
{
    private readonly DeviceMethods _devices = new(engine);

    public int Id => DrpcModules.Management;

    public Task<DrpcReply> HandleAsync(DrpcCall call, CancellationToken cancel) => call.Method switch
    {
        DrpcMethods.SetRank => OnRankAsync(call, request => engine.SetRankAsync(request.Rank)),
        DrpcMethods.SetUp => CodeAsync(engine.SetUpAsync()),
        DrpcMethods.GroupUpdate => UpdateGroupAsync(call),
        DrpcMethods.PrepShutdown => OnRankAsync(call, request => IsOwn(request) ? engine.PrepareShutdownAsync() : Wrong()),
        DrpcMethods.PingRank => OnRankAsync(call, request => IsOwn(request) ? engine.PingAsync() : Wrong()),
        _ => _devices.HandleAsync(call),
    };

    /// <summary>An answer that is a code.</summary>
    internal static async Task<DrpcReply> CodeAsync(Task<DerCode> work) => DrpcReply.Of(await work.ConfigureAwait(false));

    /// <summary>The request is malformed.</summary>
    internal static Task<DrpcReply> Malformed() => Task.FromResult(new DrpcReply(DrpcStatus.FailedUnmarshalPayload));

    private static Task<DerCode> Wrong() => Task.FromResult(DerCode.Invalid);

    private static Task<DrpcReply> OnRankAsync(DrpcCall call, Func<RankRequest, Task<DerCode>> work) =>
        RankRequest.TryRead(call.Body.Span, out RankRequest request) ? CodeAsync(work(request)) : Malformed();

    // DER_INVAL when daos_server means another engine.
    private bool IsOwn(RankRequest request) => request.Rank == engine.Context.Node.Rank;

    private Task<DrpcReply> UpdateGroupAsync(DrpcCall call)
    {
        if (!GroupUpdateRequest.TryRead(call.Body.Span, out GroupUpdateRequest? request))
        {
            return Malformed();
        }

        var members = new List<GroupMember>(request.Engines.Count);
        foreach (GroupUpdateEngine member in request.Engines)
        {
            if (!TransportUri.TryParse(member.Uri, out TransportUri? uri, out string? error))
            {
                engine.Context.Log($"dRPC: a group update names rank {member.Rank} with the address '{member.Uri}': {error}");
                return Task.FromResult(DrpcReply.Of(DerCode.Invalid));
            }

            members.Add(new GroupMember(member.Rank, uri, member.Incarnation));
        }

        return CodeAsync(engine.UpdateGroupAsync(request.MapVersion, members));
    }
}
