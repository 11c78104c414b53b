namespace Daos.Fabric.Transport.Sockets.Native;

/// <summary>
/// openssl/ssl.h of OpenSSL 3. Objects are reference-counted by the library; whoever made one frees it. Calls that fail leave their
/// reasons in the thread's error queue (<see cref="LibCrypto.ERR_get_error"/>), so the queue is emptied before each.
/// </summary>
internal static unsafe partial class LibSsl
{
    internal const int SSL_FILETYPE_PEM = 1;
    internal const int SSL_ERROR_WANT_READ = 2;
    internal const int SSL_ERROR_ZERO_RETURN = 6;
    internal const int SSL_VERIFY_PEER = 1;
    internal const int SSL_VERIFY_FAIL_IF_NO_PEER_CERT = 2;
    internal const int SSL_CTRL_MODE = 33;
    internal const int SSL_CTRL_SET_SESS_CACHE_MODE = 44;
    internal const int SSL_CTRL_SET_MIN_PROTO_VERSION = 123;
    internal const int SSL_CTRL_SET_MAX_PROTO_VERSION = 124;
    internal const int SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER = 2;
    internal const int SSL_MODE_RELEASE_BUFFERS = 16;
    internal const int TLS1_2_VERSION = 0x0303;
    internal const int TLS1_3_VERSION = 0x0304;
    internal const int SSL_TLSEXT_ERR_OK = 0;
    internal const int SSL_TLSEXT_ERR_ALERT_FATAL = 2;
    internal const int X509_V_OK = 0;

    /// <summary>The library's file.</summary>
    internal const string File = "libssl.so.3";

    /// <summary>True when the library can be loaded.</summary>
    internal static bool IsThere() => NativeLibrary.TryLoad(File, out _);

    /// <summary>A static method table; never freed.</summary>
    [LibraryImport(File)]
    internal static partial nint TLS_method();

    /// <summary>0 on failure; freed by <see cref="SSL_CTX_free"/>.</summary>
    [LibraryImport(File)]
    internal static partial nint SSL_CTX_new(nint method);

    [LibraryImport(File)]
    internal static partial void SSL_CTX_free(nint ctx);

    /// <summary>1 on success for the commands used here, or a set of bits.</summary>
    [LibraryImport(File)]
    internal static partial long SSL_CTX_ctrl(nint ctx, int cmd, long larg, void* parg);

    /// <summary>1 on success.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_CTX_use_certificate_chain_file(nint ctx, byte* file);

    /// <summary>1 on success; refuses a key that is not that of the certificate.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_CTX_use_PrivateKey_file(nint ctx, byte* file, int type);

    /// <summary>1 on success.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_CTX_load_verify_file(nint ctx, byte* file);

    [LibraryImport(File)]
    internal static partial void SSL_CTX_set_verify(nint ctx, int mode, nint callback);

    /// <summary>1 on success.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_CTX_set_num_tickets(nint ctx, nuint count);

    /// <summary>0 on success, unlike its sisters. The names are copied.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_CTX_set_alpn_protos(nint ctx, byte* protos, uint length);

    /// <summary>The callback is kept until the context is freed.</summary>
    [LibraryImport(File)]
    internal static partial void SSL_CTX_set_alpn_select_cb(nint ctx, delegate* unmanaged<nint, byte**, byte*, byte*, uint, void*, int> callback, void* argument);

    /// <summary>0 on failure; holds a reference to the context; freed by <see cref="SSL_free"/>.</summary>
    [LibraryImport(File)]
    internal static partial nint SSL_new(nint ctx);

    /// <summary>Frees the object and the BIOs given to it.</summary>
    [LibraryImport(File)]
    internal static partial void SSL_free(nint ssl);

    /// <summary>Takes both BIOs over.</summary>
    [LibraryImport(File)]
    internal static partial void SSL_set_bio(nint ssl, nint rbio, nint wbio);

    [LibraryImport(File)]
    internal static partial void SSL_set_accept_state(nint ssl);

    [LibraryImport(File)]
    internal static partial void SSL_set_connect_state(nint ssl);

    /// <summary>1 on success. The name is copied.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_set1_host(nint ssl, byte* name);

    /// <summary>1 when complete; otherwise ask <see cref="SSL_get_error"/>.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_do_handshake(nint ssl);

    /// <summary>Bytes read, or 0 and less: ask <see cref="SSL_get_error"/>.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_read(nint ssl, void* buf, int num);

    /// <summary>Bytes written, or 0 and less: ask <see cref="SSL_get_error"/>.</summary>
    [LibraryImport(File)]
    internal static partial int SSL_write(nint ssl, void* buf, int num);

    [LibraryImport(File)]
    internal static partial int SSL_get_error(nint ssl, int ret);

    /// <summary><see cref="X509_V_OK"/>, or why the peer's certificate was refused.</summary>
    [LibraryImport(File)]
    internal static partial long SSL_get_verify_result(nint ssl);

    /// <summary>Borrowed from the object; length 0 when nothing was agreed on.</summary>
    [LibraryImport(File)]
    internal static partial void SSL_get0_alpn_selected(nint ssl, byte** data, uint* length);
}
