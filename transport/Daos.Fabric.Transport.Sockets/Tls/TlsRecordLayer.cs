using Daos.Fabric.Transport.Sockets.Native;

namespace Daos.Fabric.Transport.Sockets.Tls;

/// <summary>
/// TLS 1.3 of one connection between two memory BIOs: OpenSSL sees no socket and never blocks. Owned by the connection's owner thread.
/// </summary>
internal sealed unsafe class TlsRecordLayer : RecordLayer
{
    private const int RecordOverheadBytes = 256;

    private readonly nint _received;
    private readonly nint _toSend;
    private nint _ssl;
    private bool _isReady;
    private string _fault = "";

    /// <param name="ssl">Owned by this object from now on, with its BIOs.</param>
    /// <param name="received">Where it reads records.</param>
    /// <param name="toSend">Where it writes records.</param>
    internal TlsRecordLayer(nint ssl, nint received, nint toSend)
    {
        _ssl = ssl;
        _received = received;
        _toSend = toSend;
    }

    /// <inheritdoc/>
    internal override bool IsReady => _isReady;

    /// <inheritdoc/>
    internal override string Fault => _fault;

    /// <inheritdoc/>
    internal override int SealRoomBytes => Limits.RecordBytesMax + RecordOverheadBytes;

    /// <inheritdoc/>
    internal override DerCode Start(SegmentBuffer reply) => Handshake(reply);

    /// <inheritdoc/>
    internal override DerCode Open(SegmentBuffer received, SegmentBuffer plain, SegmentBuffer reply)
    {
        while (received.LengthBytes > 0)
        {
            Segment head = received.Head!;
            int bytes = head.End - head.Start;
            if (LibCrypto.BIO_write(_received, head.Address + head.Start, bytes) != bytes)
            {
                return DerCode.NoMemory;
            }

            received.Consume(bytes);
        }

        if (!_isReady)
        {
            DerCode code = Handshake(reply);
            if (!_isReady)
            {
                return code;
            }
        }

        return Read(plain, reply);
    }

    /// <inheritdoc/>
    internal override DerCode Seal(ReadOnlySpan<byte> plain, SegmentBuffer send)
    {
        Debug.Assert(plain.Length <= Limits.RecordBytesMax, "one record");
        LibCrypto.ERR_clear_error();
        fixed (byte* bytes = plain)
        {
            // A memory BIO takes everything, so that nothing remains to be written again.
            if (LibSsl.SSL_write(_ssl, bytes, plain.Length) != plain.Length)
            {
                _fault = $"TLS: {TlsErrors.TakeReason()}";
                return DerCode.Io;
            }
        }

        return Drain(send);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        LibSsl.SSL_free(_ssl);
        _ssl = 0;
    }

    private DerCode Handshake(SegmentBuffer reply)
    {
        LibCrypto.ERR_clear_error();
        int result = LibSsl.SSL_do_handshake(_ssl);
        if (result == 1)
        {
            _isReady = AgreedOnProtocol();
            _fault = _isReady ? "" : "TLS: the peer does not serve this protocol";
            DerCode drained = Drain(reply);
            return _isReady ? drained : DerCode.NoPerm;
        }

        return LibSsl.SSL_get_error(_ssl, result) == LibSsl.SSL_ERROR_WANT_READ ? Drain(reply) : Refuse(reply);
    }

    // A server that knows no names answers without one; the certificate alone does not make it a fabric's.
    private bool AgreedOnProtocol()
    {
        byte* name;
        uint length;
        LibSsl.SSL_get0_alpn_selected(_ssl, &name, &length);
        return length > 0;
    }

    private DerCode Read(SegmentBuffer plain, SegmentBuffer reply)
    {
        while (true)
        {
            byte* to = plain.Reserve(1);
            if (to is null)
            {
                return DerCode.NoMemory;
            }

            Segment tail = plain.Tail!;
            LibCrypto.ERR_clear_error();
            int bytes = LibSsl.SSL_read(_ssl, to, tail.Capacity - tail.End);
            if (bytes > 0)
            {
                plain.Commit(bytes);
                continue;
            }

            return LibSsl.SSL_get_error(_ssl, bytes) switch
            {
                LibSsl.SSL_ERROR_WANT_READ => Drain(reply),
                LibSsl.SSL_ERROR_ZERO_RETURN => DerCode.Unreachable,
                _ => Refuse(reply),
            };
        }
    }

    // What is wrong, in words; what OpenSSL wants to say to the peer still leaves.
    private DerCode Refuse(SegmentBuffer reply)
    {
        long certificate = LibSsl.SSL_get_verify_result(_ssl);
        string reason = TlsErrors.TakeReason();
        _fault = certificate != LibSsl.X509_V_OK ? $"TLS: the peer's certificate is refused: {TlsErrors.OfCertificate(certificate)}"
            : reason == TlsPeek.WrongVersionReason ? "TLS: the peer does not use TLS here: give it the TLS options too"
            : $"TLS: {reason}";
        bool tampered = _isReady && !reason.Contains("alert", StringComparison.Ordinal);
        _ = Drain(reply);
        if (!_isReady && reply.LengthBytes == 0)
        {
            // OpenSSL says nothing to a peer without TLS; the alert tells our own kind what was expected here.
            TlsPeek.WriteAlert(reply);
        }

        return tampered ? DerCode.Checksum : DerCode.NoPerm;
    }

    private DerCode Drain(SegmentBuffer send)
    {
        for (int left = (int)LibCrypto.BIO_ctrl_pending(_toSend); left > 0;)
        {
            byte* to = send.Reserve(1);
            if (to is null)
            {
                return DerCode.NoMemory;
            }

            Segment tail = send.Tail!;
            int bytes = LibCrypto.BIO_read(_toSend, to, Math.Min(left, tail.Capacity - tail.End));
            Invariant.Check(bytes > 0);
            send.Commit(bytes);
            left -= bytes;
        }

        return DerCode.Success;
    }
}
