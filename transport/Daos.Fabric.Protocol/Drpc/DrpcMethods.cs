namespace Daos.Fabric.Protocol.Drpc;

/// <summary>Numbers of the methods that are served; all of DAOS's are in <see cref="DrpcMethodTable"/>.</summary>
public static class DrpcMethods
{
    /// <summary>Tells the engine its rank.</summary>
    public const int SetRank = 202;

    /// <summary>The engine begins to serve.</summary>
    public const int SetUp = 209;

    /// <summary>Errors of a device.</summary>
    public const int BioHealthQuery = 210;

    /// <summary>Lists devices.</summary>
    public const int SmdListDevices = 211;

    /// <summary>Lists pools by the targets that hold them.</summary>
    public const int SmdListPools = 212;

    /// <summary>The system is being stopped: nobody is to be held dead for not answering.</summary>
    public const int PrepShutdown = 218;

    /// <summary>Takes a device out of use.</summary>
    public const int DeviceSetFaulty = 220;

    /// <summary>Puts a device in another one's place.</summary>
    public const int DeviceReplace = 221;

    /// <summary>Whether the engine lives.</summary>
    public const int PingRank = 225;

    /// <summary>Tells the engine who is in the system.</summary>
    public const int GroupUpdate = 232;

    /// <summary>The engine listens: where, and with how many contexts.</summary>
    public const int NotifyReady = 301;

    /// <summary>Reads a range of the system's metadata.</summary>
    public const int MetadataRead = 6401;

    /// <summary>Carries out a transaction.</summary>
    public const int MetadataCommit = 6402;

    /// <summary>Waits for changes of a range.</summary>
    public const int MetadataWatch = 6403;

    /// <summary>Grants a lease.</summary>
    public const int MetadataGrant = 6404;

    /// <summary>Renews a lease.</summary>
    public const int MetadataRenew = 6405;

    /// <summary>Ends a lease.</summary>
    public const int MetadataRevoke = 6406;

    /// <summary>Forgets old revisions.</summary>
    public const int MetadataCompact = 6407;
}
