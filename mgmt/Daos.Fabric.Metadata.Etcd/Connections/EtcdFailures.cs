using System.Security.Authentication;
using System.Security.Cryptography;

namespace Daos.Fabric.Metadata.Etcd.Connections;

/// <summary>Why a request brought no answer, as our codes and as a sentence. Pure functions.</summary>
internal static class EtcdFailures
{
    /// <summary>
    /// DER_UNREACH when nothing was sent, DER_BAD_CERT when the two sides do not accept each other's certificates, else
    /// <paramref name="unknown"/>: the request may have been carried out.
    /// </summary>
    internal static DerCode CodeOf(Exception exception, DerCode unknown) => exception switch
    {
        _ when IsRefusedCertificate(exception) => DerCode.BadCert,
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        } => DerCode.Unreachable,
        _ => unknown,
    };

    internal static string SentenceOf(Exception exception, EtcdOptions options)
    {
        string reason = exception.GetBaseException().Message;
        return IsRefusedCertificate(exception)
            ? $"TLS was refused: {reason} (CaFile is {options.CaFile ?? "not set"}, CertificateFile is {options.CertificateFile ?? "not set"})"
            : exception is OperationCanceledException ? $"no answer within {options.RequestTimeoutMs} ms"
            : exception is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } && options.Endpoints[0].Scheme == "http"
                ? $"{reason} (a member that wants https ends connections of http so)"
            : reason;
    }

    // Ours of theirs is an AuthenticationException. Theirs of ours comes as an alert, with TLS 1.3 only when the answer is read; a member
    // sends it before it looks at the request.
    private static bool IsRefusedCertificate(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            bool isAlert = inner is CryptographicException || inner.GetType().Name == "SslException";
            if (inner is AuthenticationException || (isAlert && inner.Message.Contains("alert", StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }
}
