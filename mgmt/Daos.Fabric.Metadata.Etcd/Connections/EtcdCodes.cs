using System.Security.Authentication;

namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>What etcd and the way to it say, as our codes. Pure functions.</summary>
internal static class EtcdCodes
{
    internal const int Canceled = 1;
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
        InvalidArgument when message.Contains("user", StringComparison.Ordinal) => DerCode.NoPerm,
        InvalidArgument when message.Contains("request is too large", StringComparison.Ordinal) => DerCode.Overflow,
        InvalidArgument or FailedPrecondition => DerCode.Invalid,
        OutOfRange => message.Contains("compacted", StringComparison.Ordinal) ? DerCode.EpochOld : DerCode.Invalid,
        ResourceExhausted => message.Contains("space exceeded", StringComparison.Ordinal) ? DerCode.NoSpace : DerCode.Busy,
        Unimplemented => DerCode.Protocol,
        _ => unknown,
    };

    /// <summary>True when a new token may help: ours is not known (any more), or is older than a change of the rights.</summary>
    internal static bool WantsToken(int code, string message) =>
        code == Unauthenticated || (code == InvalidArgument && message.Contains("revision of auth store is old", StringComparison.Ordinal));

    /// <summary>Why a request brought no answer.</summary>
    internal static DerCode Of(HttpRequestException exception, DerCode unknown) => exception.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError => DerCode.Unreachable,
        HttpRequestError.SecureConnectionError => exception.InnerException is AuthenticationException ? DerCode.BadCert : DerCode.Unreachable,
        _ => unknown,
    };
}
