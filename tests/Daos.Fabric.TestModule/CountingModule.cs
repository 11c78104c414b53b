using System.Buffers.Binary;
using Daos.Fabric.Core.Errors;
using Daos.Fabric.Engine;
using Daos.Fabric.Engine.Hosting;
using Daos.Fabric.Engine.Modules;
using Daos.Fabric.Rpc.Dispatch;

namespace Daos.Fabric.TestModule;

/// <summary>A module that tests load from its assembly: each xstream counts its requests, and the life cycle is written into a trace.</summary>
public sealed class CountingModule : EngineModule
{
    /// <summary>Its number in opcodes: far from DAOS's.</summary>
    public const byte ModuleId = 200;

    private EngineContext? _engine;

    /// <inheritdoc/>
    public override string Name => "counting";

    /// <inheritdoc/>
    public override byte Id => ModuleId;

    /// <inheritdoc/>
    public override ulong FeatureBits => 5;

    /// <inheritdoc/>
    public override DerCode Init(EngineContext engine)
    {
        _engine = engine;
        Trace("init");
        return DerCode.Success;
    }

    /// <inheritdoc/>
    public override object? CreateXstreamState(EngineXstream xstream) => new Counter();

    /// <inheritdoc/>
    public override IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state) =>
        [new RpcProtocol(Id, 1, Name, [new RpcOperation(0, "COUNT", 0, RpcFeatures.None, request => Count(request, (Counter)state!))]) { FeatureBits = FeatureBits }];

    /// <inheritdoc/>
    public override ValueTask<DerCode> SetupAsync(EngineContext engine)
    {
        Trace("setup");
        return new ValueTask<DerCode>(DerCode.Success);
    }

    /// <inheritdoc/>
    public override ValueTask CleanupAsync(EngineContext engine)
    {
        Trace("cleanup");
        return default;
    }

    /// <inheritdoc/>
    public override void Fini() => Trace("fini");

    private static ValueTask Count(RpcRequest request, Counter counter)
    {
        BinaryPrimitives.WriteInt64LittleEndian(request.BeginReply(sizeof(long)), ++counter.Value);
        request.EndReply(sizeof(long), DerCode.Success);
        return default;
    }

    private void Trace(string what) => _engine?.Options.Log?.Invoke($"counting: {what}");

    private sealed class Counter
    {
        public long Value { get; set; }
    }
}
