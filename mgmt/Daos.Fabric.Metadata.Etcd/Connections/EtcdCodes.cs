namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>What etcd says, as our codes. Pure functions.</summary>
internal static class EtcdCodes
{
    internal const int InvalidArgument = 3;
    internal const int NotFound = 5;
    internal const int PermissionDenied = 7;
    internal const int ResourceExhausted = 8;
    internal const int FailedPrecondition = 9;
    internal const int OutOfRange = 11;
    internal const int Unimplemented = 12;
    internal const int Unauthenticated = 16;

    /// <summary>
    /// A code of gRPC with its sentence. What etcd refused before it began is told exactly; everything else (no leader, a leader that changed, a
    /// time-out) may have happened: <paramref name="unknown"/>.
    /// </summary>
    internal static DerCode Of(int code, string message, DerCode unknown) => code switch
    {
        NotFound => DerCode.Nonexist,
        PermissionDenied or Unauthenticated => DerCode.NoPerm,
        InvalidArgument when Says(message, "user") => DerCode.NoPerm,
        InvalidArgument when Says(message, "request is too large") || Says(message, "too many operations") => DerCode.Overflow,
        InvalidArgument or FailedPrecondition => DerCode.Invalid,
        OutOfRange => Says(message, "compacted") ? DerCode.EpochOld : DerCode.Invalid,
        ResourceExhausted when Says(message, "larger than max") => DerCode.Overflow,
        ResourceExhausted => Says(message, "space exceeded") ? DerCode.NoSpace : DerCode.Busy,
        Unimplemented => DerCode.Protocol,
        _ => unknown,
    };

    /// <summary>True when a new token may help: ours is not known (any more), or is older than a change of the rights.</summary>
    internal static bool WantsToken(int code, string message) =>
        code == Unauthenticated || (code == InvalidArgument && Says(message, "revision of auth store is old"));

    private static bool Says(string message, string what) => message.Contains(what, StringComparison.Ordinal);
}
