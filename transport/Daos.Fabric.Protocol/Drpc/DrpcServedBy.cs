namespace Daos.Fabric.Protocol.Drpc;

/// <summary>Who answers a method.</summary>
public enum DrpcServedBy : byte
{
    /// <summary>Nobody yet: <see cref="DrpcStatus.UnknownMethod"/> or <see cref="DrpcStatus.UnknownModule"/>.</summary>
    Nobody,

    /// <summary>An engine.</summary>
    Engine,

    /// <summary>A daos_server.</summary>
    Server,
}
