namespace Daos.Fabric.Engine.Modules;

/// <summary>A module of which only the parts that differ need to be written.</summary>
public abstract class EngineModule : IEngineModule
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract byte Id { get; }

    /// <inheritdoc/>
    public virtual ulong FeatureBits => 0;

    /// <inheritdoc/>
    public virtual DerCode Init(EngineContext engine) => DerCode.Success;

    /// <inheritdoc/>
    public virtual object? CreateXstreamState(EngineXstream xstream) => null;

    /// <inheritdoc/>
    public abstract IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state);

    /// <inheritdoc/>
    public virtual ValueTask<DerCode> SetupAsync(EngineContext engine) => new(DerCode.Success);

    /// <inheritdoc/>
    public virtual ValueTask CleanupAsync(EngineContext engine) => default;

    /// <inheritdoc/>
    public virtual void Fini()
    {
    }
}
