namespace Daos.Fabric.Core.Errors;

/// <summary>
/// The one table of codes: each line gives DAOS's number, symbol and text. Adding a code is adding a line here.
/// </summary>
public readonly partial struct DerCode
{
    /// <summary>The operation succeeded.</summary>
    public static readonly DerCode Success = Define(0, "SUCCESS", "Success");

    /// <summary>Operation not permitted.</summary>
    public static readonly DerCode NoPerm = Define(-1001, "NO_PERM", "Operation not permitted");

    /// <summary>Invalid handle.</summary>
    public static readonly DerCode NoHandle = Define(-1002, "NO_HDL", "Invalid handle");

    /// <summary>Invalid parameters.</summary>
    public static readonly DerCode Invalid = Define(-1003, "INVAL", "Invalid parameters");

    /// <summary>Entity already exists.</summary>
    public static readonly DerCode Exists = Define(-1004, "EXIST", "Entity already exists");

    /// <summary>The specified entity does not exist.</summary>
    public static readonly DerCode Nonexist = Define(-1005, "NONEXIST", "The specified entity does not exist");

    /// <summary>Unreachable node.</summary>
    public static readonly DerCode Unreachable = Define(-1006, "UNREACH", "Unreachable node");

    /// <summary>No space on storage target.</summary>
    public static readonly DerCode NoSpace = Define(-1007, "NOSPACE", "No space on storage target");

    /// <summary>Operation already performed.</summary>
    public static readonly DerCode Already = Define(-1008, "ALREADY", "Operation already performed");

    /// <summary>Out of memory.</summary>
    public static readonly DerCode NoMemory = Define(-1009, "NOMEM", "Out of memory");

    /// <summary>Function not implemented.</summary>
    public static readonly DerCode NoSys = Define(-1010, "NOSYS", "Function not implemented");

    /// <summary>Time out.</summary>
    public static readonly DerCode TimedOut = Define(-1011, "TIMEDOUT", "Time out");

    /// <summary>Device or resource busy.</summary>
    public static readonly DerCode Busy = Define(-1012, "BUSY", "Device or resource busy");

    /// <summary>Try again.</summary>
    public static readonly DerCode Again = Define(-1013, "AGAIN", "Try again");

    /// <summary>Incompatible protocol.</summary>
    public static readonly DerCode Protocol = Define(-1014, "PROTO", "Incompatible protocol");

    /// <summary>Device or resource not initialised.</summary>
    public static readonly DerCode Uninitialized = Define(-1015, "UNINIT", "Device or resource not initialised");

    /// <summary>Data truncated, buffer too short.</summary>
    public static readonly DerCode Truncated = Define(-1016, "TRUNC", "Data truncated, buffer too short");

    /// <summary>Data too long for the defined type or buffer.</summary>
    public static readonly DerCode Overflow = Define(-1017, "OVERFLOW", "Data too long for the defined type or buffer");

    /// <summary>Operation cancelled.</summary>
    public static readonly DerCode Canceled = Define(-1018, "CANCELED", "Operation cancelled");

    /// <summary>Out of group or member list.</summary>
    public static readonly DerCode Oog = Define(-1019, "OOG", "Out of group or member list");

    /// <summary>Transport layer error.</summary>
    public static readonly DerCode Hg = Define(-1020, "HG", "Transport layer error");

    /// <summary>RPC or protocol version not registered.</summary>
    public static readonly DerCode Unregistered = Define(-1021, "UNREG", "RPC or protocol version not registered");

    /// <summary>Failed to generate an address string.</summary>
    public static readonly DerCode AddrstrGen = Define(-1022, "ADDRSTR_GEN", "Failed to generate an address string");

    /// <summary>Process manager error.</summary>
    public static readonly DerCode Pmix = Define(-1023, "PMIX", "Process manager error");

    /// <summary>Incast variable: cannot handle locally, forward.</summary>
    public static readonly DerCode IvcbForward = Define(-1024, "IVCB_FORWARD", "Incast variable: cannot handle locally, forward");

    /// <summary>Miscellaneous error.</summary>
    public static readonly DerCode Misc = Define(-1025, "MISC", "Miscellaneous error");

    /// <summary>Bad path name.</summary>
    public static readonly DerCode BadPath = Define(-1026, "BADPATH", "Bad path name");

    /// <summary>Not a directory.</summary>
    public static readonly DerCode NotDirectory = Define(-1027, "NOTDIR", "Not a directory");

    /// <summary>Collective RPC failed.</summary>
    public static readonly DerCode CorpcIncomplete = Define(-1028, "CORPC_INCOMPLETE", "Collective RPC failed");

    /// <summary>No rank is subscribed to events.</summary>
    public static readonly DerCode NoRasRank = Define(-1029, "NO_RAS_RANK", "No rank is subscribed to events");

    /// <summary>Service group not attached.</summary>
    public static readonly DerCode NotAttached = Define(-1030, "NOTATTACH", "Service group not attached");

    /// <summary>Version mismatch.</summary>
    public static readonly DerCode Mismatch = Define(-1031, "MISMATCH", "Version mismatch");

    /// <summary>Rank has been excluded.</summary>
    public static readonly DerCode Excluded = Define(-1032, "EXCLUDED", "Rank has been excluded");

    /// <summary>No reply from the RPC.</summary>
    public static readonly DerCode NoReply = Define(-1033, "NOREPLY", "No reply from the RPC");

    /// <summary>Denial of service.</summary>
    public static readonly DerCode Dos = Define(-1034, "DOS", "Denial of service");

    /// <summary>Incorrect target for the RPC.</summary>
    public static readonly DerCode BadTarget = Define(-1035, "BAD_TARGET", "Incorrect target for the RPC");

    /// <summary>Group versions differ.</summary>
    public static readonly DerCode GroupVersion = Define(-1036, "GRPVER", "Group versions differ");

    /// <summary>Clock offset above the tolerated maximum.</summary>
    public static readonly DerCode HlcSync = Define(-1037, "HLC_SYNC", "Clock offset above the tolerated maximum");

    /// <summary>Not enough shared memory.</summary>
    public static readonly DerCode NoShmem = Define(-1038, "NO_SHMEM", "Not enough shared memory");

    /// <summary>Failed to add the metric.</summary>
    public static readonly DerCode AddMetricFailed = Define(-1039, "ADD_METRIC_FAILED", "Failed to add the metric");

    /// <summary>Duration end before start.</summary>
    public static readonly DerCode DurationMismatch = Define(-1040, "DURATION_MISMATCH", "Duration end before start");

    /// <summary>Operation not permitted on this metric.</summary>
    public static readonly DerCode OpNotPermitted = Define(-1041, "OP_NOT_PERMITTED", "Operation not permitted on this metric");

    /// <summary>Path name longer than permitted.</summary>
    public static readonly DerCode ExceedsPathLen = Define(-1042, "EXCEEDS_PATH_LEN", "Path name longer than permitted");

    /// <summary>No metric of that name exists.</summary>
    public static readonly DerCode MetricNotFound = Define(-1043, "METRIC_NOT_FOUND", "Metric not found");

    /// <summary>Shared memory permission mismatch.</summary>
    public static readonly DerCode ShmemPerms = Define(-1044, "SHMEM_PERMS", "Shared memory permission mismatch");

    /// <summary>Fatal transport error.</summary>
    public static readonly DerCode HgFatal = Define(-1045, "HG_FATAL", "Fatal transport error");

    /// <summary>Quota limit reached.</summary>
    public static readonly DerCode QuotaLimit = Define(-1046, "QUOTA_LIMIT", "Quota limit reached");

    /// <summary>Input/output error.</summary>
    public static readonly DerCode Io = Define(-2001, "IO", "Input/output error");

    /// <summary>Memory free error.</summary>
    public static readonly DerCode FreeMem = Define(-2002, "FREE_MEM", "Memory free error");

    /// <summary>Entry not found.</summary>
    public static readonly DerCode Enoent = Define(-2003, "ENOENT", "Entry not found");

    /// <summary>Unknown object type.</summary>
    public static readonly DerCode NoType = Define(-2004, "NOTYPE", "Unknown object type");

    /// <summary>Unknown object schema.</summary>
    public static readonly DerCode NoSchema = Define(-2005, "NOSCHEMA", "Unknown object schema");

    /// <summary>Object is not local.</summary>
    public static readonly DerCode NoLocal = Define(-2006, "NOLOCAL", "Object is not local");

    /// <summary>Stale pool map version.</summary>
    public static readonly DerCode Stale = Define(-2007, "STALE", "Stale pool map version");

    /// <summary>Not service leader.</summary>
    public static readonly DerCode NotLeader = Define(-2008, "NOTLEADER", "Not service leader");

    /// <summary>Target create error.</summary>
    public static readonly DerCode TgtCreate = Define(-2009, "TGT_CREATE", "Target create error");

    /// <summary>Epoch is read-only.</summary>
    public static readonly DerCode EpochReadOnly = Define(-2010, "EP_RO", "Epoch is read-only");

    /// <summary>Epoch is too old, all data have been recycled.</summary>
    public static readonly DerCode EpochOld = Define(-2011, "EP_OLD", "Epoch is too old, all data have been recycled");

    /// <summary>Key is too large.</summary>
    public static readonly DerCode KeyTooBig = Define(-2012, "KEY2BIG", "Key is too large");

    /// <summary>Record is too large.</summary>
    public static readonly DerCode RecordTooBig = Define(-2013, "REC2BIG", "Record is too large");

    /// <summary>I/O buffers do not match the object extents.</summary>
    public static readonly DerCode IoInval = Define(-2014, "IO_INVAL", "I/O buffers do not match the object extents");

    /// <summary>Event queue is busy.</summary>
    public static readonly DerCode EqBusy = Define(-2015, "EQ_BUSY", "Event queue is busy");

    /// <summary>Domain of component cannot match.</summary>
    public static readonly DerCode Domain = Define(-2016, "DOMAIN", "Domain of component cannot match");

    /// <summary>Service is shut down.</summary>
    public static readonly DerCode Shutdown = Define(-2017, "SHUTDOWN", "Service is shut down");

    /// <summary>Operation now in progress.</summary>
    public static readonly DerCode InProgress = Define(-2018, "INPROGRESS", "Operation now in progress");

    /// <summary>The request does not apply to this entity.</summary>
    public static readonly DerCode NotApplicable = Define(-2019, "NOTAPPLICABLE", "Not applicable");

    /// <summary>Not a service replica.</summary>
    public static readonly DerCode NotReplica = Define(-2020, "NOTREPLICA", "Not a service replica");

    /// <summary>Checksum error.</summary>
    public static readonly DerCode Checksum = Define(-2021, "CSUM", "Checksum error");

    /// <summary>Invalid durable format.</summary>
    public static readonly DerCode DfInval = Define(-2022, "DF_INVAL", "Invalid durable format");

    /// <summary>Incompatible durable format version.</summary>
    public static readonly DerCode DfIncompt = Define(-2023, "DF_INCOMPT", "Incompatible durable format version");

    /// <summary>Record size error.</summary>
    public static readonly DerCode RecSize = Define(-2024, "REC_SIZE", "Record size error");

    /// <summary>Transaction should restart.</summary>
    public static readonly DerCode TxRestart = Define(-2025, "TX_RESTART", "Transaction should restart");

    /// <summary>Data lost or not recoverable.</summary>
    public static readonly DerCode DataLoss = Define(-2026, "DATA_LOSS", "Data lost or not recoverable");

    /// <summary>Operation cancelled by the service.</summary>
    public static readonly DerCode OpCanceled = Define(-2027, "OP_CANCELED", "Operation cancelled by the service");

    /// <summary>Operation on a transaction that is committing.</summary>
    public static readonly DerCode TxBusy = Define(-2028, "TX_BUSY", "Operation on a transaction that is committing");

    /// <summary>Agent is incompatible with this library.</summary>
    public static readonly DerCode AgentIncompat = Define(-2029, "AGENT_INCOMPAT", "Agent is incompatible with this library");

    /// <summary>To be handled by a distributed transaction.</summary>
    public static readonly DerCode NeedTx = Define(-2030, "NEED_TX", "To be handled by a distributed transaction");

    /// <summary>Failures exceed the redundancy factor.</summary>
    public static readonly DerCode Rf = Define(-2031, "RF", "Failures exceed the redundancy factor");

    /// <summary>The data moved while it was read: fetch again.</summary>
    public static readonly DerCode FetchAgain = Define(-2032, "FETCH_AGAIN", "Fetch again");

    /// <summary>Transaction outcome is uncertain.</summary>
    public static readonly DerCode TxUncertain = Define(-2033, "TX_UNCERTAIN", "Transaction outcome is uncertain");

    /// <summary>Communication with the agent failed.</summary>
    public static readonly DerCode AgentComm = Define(-2034, "AGENT_COMM", "Communication with the agent failed");

    /// <summary>Identifier mismatch.</summary>
    public static readonly DerCode IdMismatch = Define(-2035, "ID_MISMATCH", "Identifier mismatch");

    /// <summary>Retry with another target.</summary>
    public static readonly DerCode TgtRetry = Define(-2036, "TGT_RETRY", "Retry with another target");

    /// <summary>Operation not supported.</summary>
    public static readonly DerCode NotSupported = Define(-2037, "NOTSUPPORTED", "Operation not supported");

    /// <summary>Control plane version is incompatible.</summary>
    public static readonly DerCode ControlIncompat = Define(-2038, "CONTROL_INCOMPAT", "Control plane version is incompatible");

    /// <summary>No service available.</summary>
    public static readonly DerCode NoService = Define(-2039, "NO_SERVICE", "No service available");

    /// <summary>Transaction identifier was reused.</summary>
    public static readonly DerCode TxIdReused = Define(-2040, "TX_ID_REUSED", "Transaction identifier was reused");

    /// <summary>The layout changed while it was written: update again.</summary>
    public static readonly DerCode UpdateAgain = Define(-2041, "UPDATE_AGAIN", "Update again");

    /// <summary>NVMe I/O error.</summary>
    public static readonly DerCode NvmeIo = Define(-2042, "NVME_IO", "NVMe I/O error");

    /// <summary>Unable to access a certificate.</summary>
    public static readonly DerCode NoCert = Define(-2043, "NO_CERT", "Unable to access a certificate");

    /// <summary>Invalid certificate.</summary>
    public static readonly DerCode BadCert = Define(-2044, "BAD_CERT", "Invalid certificate");

    /// <summary>Partial overwrite at the same epoch.</summary>
    public static readonly DerCode VosPartialUpdate = Define(-2045, "VOS_PARTIAL_UPDATE", "Partial overwrite at the same epoch");

    /// <summary>Page is temporarily read-only for a checkpoint.</summary>
    public static readonly DerCode ChkptBusy = Define(-2046, "CHKPT_BUSY", "Page is temporarily read-only for a checkpoint");

    /// <summary>Division by zero.</summary>
    public static readonly DerCode DivByZero = Define(-2047, "DIV_BY_ZERO", "Division by zero");

    /// <summary>Retry later because of overload.</summary>
    public static readonly DerCode OverloadRetry = Define(-2048, "OVERLOAD_RETRY", "Retry later because of overload");

    /// <summary>Cannot resume the former instance.</summary>
    public static readonly DerCode NotResume = Define(-2049, "NOT_RESUME", "Cannot resume the former instance");

    /// <summary>Container does not exist.</summary>
    public static readonly DerCode ContNonexist = Define(-2050, "CONT_NONEXIST", "Container does not exist");

    /// <summary>Container is being destroyed.</summary>
    public static readonly DerCode ContDestroying = Define(-2051, "CONT_DESTROYING", "Container is being destroyed");

    /// <summary>Entry is to be ignored.</summary>
    public static readonly DerCode Ignore = Define(-2052, "IGNORE", "Entry is to be ignored");

    /// <summary>A code that this version does not know.</summary>
    public static readonly DerCode Unknown = Define(-501000, "UNKNOWN", "Unknown error");
}
