namespace Daos.Fabric.Engine;

/// <summary>Where a tag is reached over one provider. Any thread.</summary>
/// <param name="Tag">0 system, 1 SWIM, 2 + i target i.</param>
/// <param name="Uri">Tags that share an xstream share the address.</param>
public readonly record struct EngineEndpoint(ushort Tag, TransportUri Uri);
