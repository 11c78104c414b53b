using System.Text;
using Daos.Fabric.Transport.Sockets.Native;

namespace Daos.Fabric.Transport.Sockets.Tls;

/// <summary>
/// The certificates and rules of one transport context, as OpenSSL holds them. Made at start-up, because it reads files; used and disposed
/// by the context's owner thread.
/// </summary>
internal sealed unsafe class TlsContext : IDisposable
{
    private readonly string? _peerName;
    private nint _context;
    private GCHandle _protocol;

    private TlsContext(nint context, string? peerName)
    {
        _context = context;
        _peerName = peerName;
    }

    /// <summary>Reads the files.</summary>
    /// <param name="options">Where they are.</param>
    /// <param name="libraryIsThere">Null: looked up.</param>
    /// <exception cref="DaosException">DER_MISC without OpenSSL 3, DER_INVAL for a file that it does not take; the message says why.</exception>
    internal static TlsContext Create(TlsOptions options, Func<bool>? libraryIsThere = null)
    {
        if (!(libraryIsThere ?? LibSsl.IsThere)())
        {
            throw new DaosException(
                DerCode.Misc, "start TLS", LibSsl.File, "OpenSSL 3 is not installed: install it (package libssl3), or leave the TLS options out.");
        }

        LibCrypto.ERR_clear_error();
        nint handle = LibSsl.SSL_CTX_new(LibSsl.TLS_method());
        if (handle == 0)
        {
            throw Failure(LibSsl.File, "OpenSSL cannot start");
        }

        var context = new TlsContext(handle, options.PeerName);
        try
        {
            context.Configure(options);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>A record layer for one connection; null when memory is short.</summary>
    internal TlsRecordLayer? CreateLayer(bool isServer)
    {
        nint ssl = LibSsl.SSL_new(_context);
        nint received = LibCrypto.BIO_new(LibCrypto.BIO_s_mem());
        nint toSend = LibCrypto.BIO_new(LibCrypto.BIO_s_mem());
        Invariant.Check(ssl != 0 && received != 0 && toSend != 0);
        LibSsl.SSL_set_bio(ssl, received, toSend);
        if (isServer)
        {
            LibSsl.SSL_set_accept_state(ssl);
        }
        else
        {
            LibSsl.SSL_set_connect_state(ssl);
            if (_peerName is not null)
            {
                WithText(_peerName, name => LibSsl.SSL_set1_host(ssl, (byte*)name));
            }
        }

        return new TlsRecordLayer(ssl, received, toSend);
    }

    /// <summary>Frees it; record layers hold what they need.</summary>
    public void Dispose()
    {
        LibSsl.SSL_CTX_free(_context);
        _context = 0;
        if (_protocol.IsAllocated)
        {
            _protocol.Free();
        }
    }

    private void Configure(TlsOptions options)
    {
        Load("CA file", options.CaFile, path => LibSsl.SSL_CTX_load_verify_file(_context, (byte*)path));
        Load("certificate file", options.CertificateFile, path => LibSsl.SSL_CTX_use_certificate_chain_file(_context, (byte*)path));
        Load("key file", options.KeyFile, path => LibSsl.SSL_CTX_use_PrivateKey_file(_context, (byte*)path, LibSsl.SSL_FILETYPE_PEM));
        bool versions = LibSsl.SSL_CTX_ctrl(_context, LibSsl.SSL_CTRL_SET_MIN_PROTO_VERSION, options.Version, null) == 1
            && LibSsl.SSL_CTX_ctrl(_context, LibSsl.SSL_CTRL_SET_MAX_PROTO_VERSION, options.Version, null) == 1;
        Invariant.Check(versions);
        LibSsl.SSL_CTX_set_verify(_context, LibSsl.SSL_VERIFY_PEER | LibSsl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, 0);

        // Connections live long: nothing is resumed, so no tickets are sent and no sessions kept.
        Invariant.Check(LibSsl.SSL_CTX_set_num_tickets(_context, 0) == 1);
        _ = LibSsl.SSL_CTX_ctrl(_context, LibSsl.SSL_CTRL_SET_SESS_CACHE_MODE, 0, null);
        _ = LibSsl.SSL_CTX_ctrl(_context, LibSsl.SSL_CTRL_MODE, LibSsl.SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | LibSsl.SSL_MODE_RELEASE_BUFFERS, null);
        SetProtocol(options.Protocol);
    }

    // As the library wants it: a byte of length, then the name. The callback is given the same bytes.
    private void SetProtocol(string name)
    {
        byte[] wire = [(byte)name.Length, .. Encoding.ASCII.GetBytes(name)];
        _protocol = GCHandle.Alloc(wire, GCHandleType.Pinned);
        var bytes = (byte*)_protocol.AddrOfPinnedObject();
        Invariant.Check(LibSsl.SSL_CTX_set_alpn_protos(_context, bytes, (uint)wire.Length) == 0);
        LibSsl.SSL_CTX_set_alpn_select_cb(_context, &SelectProtocol, bytes);
    }

    [UnmanagedCallersOnly]
    private static int SelectProtocol(nint ssl, byte** selected, byte* selectedLength, byte* offered, uint offeredLength, void* ours)
    {
        var name = new ReadOnlySpan<byte>((byte*)ours + 1, *(byte*)ours);
        for (uint at = 0; at < offeredLength; at += 1u + offered[at])
        {
            if (at + 1 + offered[at] <= offeredLength && new ReadOnlySpan<byte>(offered + at + 1, offered[at]).SequenceEqual(name))
            {
                *selected = offered + at + 1;
                *selectedLength = offered[at];
                return LibSsl.SSL_TLSEXT_ERR_OK;
            }
        }

        return LibSsl.SSL_TLSEXT_ERR_ALERT_FATAL;
    }

    private static void Load(string what, string path, Func<nint, int> call)
    {
        LibCrypto.ERR_clear_error();
        if (WithText(path, call) != 1)
        {
            throw Failure(path, $"OpenSSL does not take it as {what} ({TlsErrors.TakeReason()}); it has to be a readable PEM file, and a key has to be the certificate's");
        }
    }

    private static DaosException Failure(string target, string why) => new(DerCode.Invalid, "start TLS", target, $"{why}.");

    private static int WithText(string text, Func<nint, int> call)
    {
        nint native = Marshal.StringToCoTaskMemUTF8(text);
        try
        {
            return call(native);
        }
        finally
        {
            Marshal.FreeCoTaskMem(native);
        }
    }
}
