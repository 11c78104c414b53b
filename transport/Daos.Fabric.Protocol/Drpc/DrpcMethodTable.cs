namespace Daos.Fabric.Protocol.Drpc;

/// <summary>All methods that DAOS has, and ours: those that are served, and what the others wait for. Immutable; any thread.</summary>
public static class DrpcMethodTable
{
    private const string Pools = "the pool service's verbs over dRPC";
    private const string Acls = "access control lists";
    private const string Check = "the checker";
    private const string Rebuild = "redundancy";
    private const string Agent = "daos_agent";

    /// <summary>In the order of their numbers.</summary>
    public static IReadOnlyList<DrpcMethodInfo> All { get; } =
    [
        Waits(DrpcModules.SecurityAgent, 101, "SEC_AGENT_REQUEST_CREDS", Agent),
        Waits(DrpcModules.Management, 201, "MGMT_KILL_RANK", "nothing: daos_server ends its engines by signal"),
        Engine(DrpcMethods.SetRank, "MGMT_SET_RANK"),
        Waits(DrpcModules.Management, 206, "MGMT_GET_ATTACH_INFO", Agent),
        Waits(DrpcModules.Management, 207, "MGMT_POOL_CREATE", Pools),
        Waits(DrpcModules.Management, 208, "MGMT_POOL_DESTROY", Pools),
        Engine(DrpcMethods.SetUp, "MGMT_SET_UP"),
        Engine(DrpcMethods.BioHealthQuery, "MGMT_BIO_HEALTH_QUERY"),
        Engine(DrpcMethods.SmdListDevices, "MGMT_SMD_LIST_DEVS"),
        Engine(DrpcMethods.SmdListPools, "MGMT_SMD_LIST_POOLS"),
        Waits(DrpcModules.Management, 213, "MGMT_POOL_GET_ACL", Acls),
        Waits(DrpcModules.Management, 215, "MGMT_POOL_OVERWRITE_ACL", Acls),
        Waits(DrpcModules.Management, 216, "MGMT_POOL_UPDATE_ACL", Acls),
        Waits(DrpcModules.Management, 217, "MGMT_POOL_DELETE_ACL", Acls),
        Engine(DrpcMethods.PrepShutdown, "MGMT_PREP_SHUTDOWN"),
        Engine(DrpcMethods.DeviceSetFaulty, "MGMT_DEV_SET_FAULTY"),
        Engine(DrpcMethods.DeviceReplace, "MGMT_DEV_REPLACE"),
        Waits(DrpcModules.Management, 222, "MGMT_LIST_CONTAINERS", Pools),
        Waits(DrpcModules.Management, 223, "MGMT_POOL_QUERY", Pools),
        Waits(DrpcModules.Management, 224, "MGMT_POOL_SET_PROP", Pools),
        Engine(DrpcMethods.PingRank, "MGMT_PING_RANK"),
        Waits(DrpcModules.Management, 226, "MGMT_POOL_REINT", Rebuild),
        Waits(DrpcModules.Management, 227, "MGMT_CONT_SET_OWNER", Acls),
        Waits(DrpcModules.Management, 228, "MGMT_POOL_EXCLUDE", Rebuild),
        Waits(DrpcModules.Management, 229, "MGMT_POOL_EXTEND", Rebuild),
        Waits(DrpcModules.Management, 230, "MGMT_POOL_EVICT", Pools),
        Waits(DrpcModules.Management, 231, "MGMT_POOL_DRAIN", Rebuild),
        Engine(DrpcMethods.GroupUpdate, "MGMT_GROUP_UPDATE"),
        Waits(DrpcModules.Management, 233, "MGMT_NOTIFY_EXIT", Agent),
        Waits(DrpcModules.Management, 235, "MGMT_NOTIFY_POOL_CONNECT", Agent),
        Waits(DrpcModules.Management, 236, "MGMT_NOTIFY_POOL_DISCONNECT", Agent),
        Waits(DrpcModules.Management, 237, "MGMT_POOL_GET_PROP", Pools),
        Waits(DrpcModules.Management, 238, "MGMT_SET_LOG_MASKS", "log masks: the engine's log has no levels"),
        Waits(DrpcModules.Management, 239, "MGMT_POOL_UPGRADE", "a second version of the layout"),
        Waits(DrpcModules.Management, 240, "MGMT_POOL_QUERY_TARGETS", Pools),
        Waits(DrpcModules.Management, 241, "MGMT_LED_MANAGE", "devices with lights"),
        Waits(DrpcModules.Management, 242, "MGMT_CHK_START", Check),
        Waits(DrpcModules.Management, 243, "MGMT_CHK_STOP", Check),
        Waits(DrpcModules.Management, 244, "MGMT_CHK_QUERY", Check),
        Waits(DrpcModules.Management, 245, "MGMT_CHK_PROP", Check),
        Waits(DrpcModules.Management, 246, "MGMT_CHK_ACT", Check),
        Waits(DrpcModules.Management, 247, "MGMT_SETUP_CLIENT_TELEM", Agent),
        Waits(DrpcModules.Management, 248, "MGMT_GROUP_STATUS_GET", "the management service's view of SWIM"),
        Waits(DrpcModules.Management, 249, "MGMT_CHK_SET_POLICY", Check),
        Waits(DrpcModules.Management, 250, "MGMT_POOL_REBUILD_START", Rebuild),
        Waits(DrpcModules.Management, 251, "MGMT_POOL_REBUILD_STOP", Rebuild),
        Waits(DrpcModules.Management, 252, "MGMT_POOL_SELF_HEAL_EVAL", Rebuild),
        new(DrpcModules.Server, DrpcMethods.NotifyReady, "SRV_NOTIFY_READY", DrpcServedBy.Server, ""),
        Waits(DrpcModules.Server, 303, "SRV_GET_POOL_SVC", "nothing: an engine reads the pool's record from the metadata"),
        Waits(DrpcModules.Server, 304, "SRV_CLUSTER_EVENT", "RAS events of engines"),
        Waits(DrpcModules.Server, 305, "SRV_POOL_FIND_BYLABEL", "nothing: an engine reads the pool's record from the metadata"),
        Waits(DrpcModules.Server, 306, "SRV_CHK_LIST_POOL", Check),
        Waits(DrpcModules.Server, 307, "SRV_CHK_REG_POOL", Check),
        Waits(DrpcModules.Server, 308, "SRV_CHK_DEREG_POOL", Check),
        Waits(DrpcModules.Server, 309, "SRV_CHK_REPORT", Check),
        Waits(DrpcModules.Server, 310, "SRV_LIST_POOLS", "nothing: an engine reads the pools' records from the metadata"),
        Waits(DrpcModules.Server, 311, "SRV_GET_SYS_PROPS", "system properties"),
        Waits(DrpcModules.Security, 401, "SEC_VALIDATE_CREDS", "credentials"),
        Metadata(DrpcMethods.MetadataRead, "META_READ"),
        Metadata(DrpcMethods.MetadataCommit, "META_COMMIT"),
        Metadata(DrpcMethods.MetadataWatch, "META_WATCH"),
        Metadata(DrpcMethods.MetadataGrant, "META_GRANT"),
        Metadata(DrpcMethods.MetadataRenew, "META_RENEW"),
        Metadata(DrpcMethods.MetadataRevoke, "META_REVOKE"),
        Metadata(DrpcMethods.MetadataCompact, "META_COMPACT"),
    ];

    /// <summary>A method's name, or its number in words.</summary>
    public static string NameOf(int method) => All.FirstOrDefault(m => m.Method == method)?.Name ?? $"method {method}";

    private static DrpcMethodInfo Engine(int method, string name) => new(DrpcModules.Management, method, name, DrpcServedBy.Engine, "");

    private static DrpcMethodInfo Metadata(int method, string name) => new(DrpcModules.Metadata, method, name, DrpcServedBy.Server, "");

    private static DrpcMethodInfo Waits(int module, int method, string name, string waitsFor) =>
        new(module, method, name, DrpcServedBy.Nobody, waitsFor);
}
