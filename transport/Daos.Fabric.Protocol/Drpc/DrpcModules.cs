namespace Daos.Fabric.Protocol.Drpc;

/// <summary>Numbers of modules, DAOS's; those from 64 on are ours.</summary>
public static class DrpcModules
{
    /// <summary>For tests.</summary>
    public const int Test = 0;

    /// <summary>The agent: credentials for clients.</summary>
    public const int SecurityAgent = 1;

    /// <summary>Management: daos_server calls the engine; a client's library calls the agent.</summary>
    public const int Management = 2;

    /// <summary>The engine calls its daos_server.</summary>
    public const int Server = 3;

    /// <summary>The engine asks its daos_server whether credentials are good.</summary>
    public const int Security = 4;

    /// <summary>The engine reaches the system's metadata through its daos_server. Not in DAOS, whose engines keep them themselves.</summary>
    public const int Metadata = 64;
}
