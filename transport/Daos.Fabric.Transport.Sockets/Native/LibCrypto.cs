namespace Daos.Fabric.Transport.Sockets.Native;

/// <summary>openssl/bio.h, err.h and x509_vfy.h of OpenSSL 3.</summary>
internal static unsafe partial class LibCrypto
{
    private const string File = "libcrypto.so.3";

    /// <summary>A static method table; never freed.</summary>
    [LibraryImport(File)]
    internal static partial nint BIO_s_mem();

    /// <summary>0 on failure; an SSL object takes it over.</summary>
    [LibraryImport(File)]
    internal static partial nint BIO_new(nint method);

    /// <summary>Bytes taken; a memory BIO takes all, or -1 without memory.</summary>
    [LibraryImport(File)]
    internal static partial int BIO_write(nint bio, void* data, int length);

    /// <summary>Bytes read, 0 or less when it is empty.</summary>
    [LibraryImport(File)]
    internal static partial int BIO_read(nint bio, void* data, int length);

    /// <summary>Bytes in it.</summary>
    [LibraryImport(File)]
    internal static partial nuint BIO_ctrl_pending(nint bio);

    /// <summary>The oldest reason of this thread, removed; 0 when there is none.</summary>
    [LibraryImport(File)]
    internal static partial ulong ERR_get_error();

    [LibraryImport(File)]
    internal static partial void ERR_clear_error();

    /// <summary>Borrowed, static; null when the reason has no text.</summary>
    [LibraryImport(File)]
    internal static partial byte* ERR_reason_error_string(ulong e);

    /// <summary>Borrowed, static.</summary>
    [LibraryImport(File)]
    internal static partial byte* X509_verify_cert_error_string(long n);
}
