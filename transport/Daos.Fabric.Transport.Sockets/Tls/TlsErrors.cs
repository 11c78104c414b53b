using Daos.Fabric.Transport.Sockets.Native;

namespace Daos.Fabric.Transport.Sockets.Tls;

/// <summary>OpenSSL's reasons in words. Any thread; the queue is the calling thread's.</summary>
internal static unsafe class TlsErrors
{
    /// <summary>The oldest reason in the thread's queue, which is emptied.</summary>
    internal static string TakeReason()
    {
        ulong error = LibCrypto.ERR_get_error();
        LibCrypto.ERR_clear_error();
        return error == 0 ? "no reason given" : TextOf(LibCrypto.ERR_reason_error_string(error)) ?? $"error {error:x}";
    }

    /// <summary>Why a certificate was refused.</summary>
    internal static string OfCertificate(long result) => TextOf(LibCrypto.X509_verify_cert_error_string(result)) ?? $"error {result}";

    private static string? TextOf(byte* text) => Marshal.PtrToStringUTF8((nint)text);
}
