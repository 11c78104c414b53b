namespace Daos.Fabric.Reactor;

/// <summary>The reactor that was asked for cannot be had on this machine; the message says why and what to use. Start-up only.</summary>
public sealed class ReactorUnavailableException(string message) : InvalidOperationException(message);
