namespace Daos.Fabric.Engine.Modules;

/// <summary>
/// A part of the engine that answers requests: one RPC module with its protocols, its state per xstream and its place in the engine's
/// life. Built-in modules and those loaded from assemblies are the same to the engine.
/// </summary>
/// <remarks>
/// <code>
/// Init                      process-wide, before any xstream runs; no I/O
/// CreateXstreamState        per xstream, before it runs
/// CreateProtocols           per xstream, before it runs
/// SetupAsync                on the system xstream, once pools are recovered and before the engine listens
/// (requests)
/// CleanupAsync              on the system xstream, when no request is under way any more
/// Fini                      process-wide, after all xstreams stopped
/// </code>
/// </remarks>
public interface IEngineModule
{
    /// <summary>The name under which it is listed, such as <c>obj</c>.</summary>
    string Name { get; }

    /// <summary>Bits 31..24 of its opcodes; DAOS's number where DAOS has the module.</summary>
    byte Id { get; }

    /// <summary>Told to peers by a protocol query; the module defines its bits.</summary>
    ulong FeatureBits { get; }

    /// <summary>Prepares what is shared by the process. An error stops the start.</summary>
    DerCode Init(EngineContext engine);

    /// <summary>What the module keeps on one xstream, or null; owned by that xstream. Disposed, if it can be, after the xstream stopped.</summary>
    object? CreateXstreamState(EngineXstream xstream);

    /// <summary>The protocols that the module answers on one xstream; handlers run there as ULTs.</summary>
    /// <param name="xstream">Where.</param>
    /// <param name="state">What <see cref="CreateXstreamState"/> gave.</param>
    IReadOnlyList<RpcProtocol> CreateProtocols(EngineXstream xstream, object? state);

    /// <summary>Begins to serve. An error stops the start.</summary>
    ValueTask<DerCode> SetupAsync(EngineContext engine);

    /// <summary>Ends serving.</summary>
    ValueTask CleanupAsync(EngineContext engine);

    /// <summary>Undoes <see cref="Init"/>.</summary>
    void Fini();
}
