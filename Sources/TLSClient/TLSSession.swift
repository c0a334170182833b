// One TLS session with a server, over buffers: it does no I/O.
//
//     opening ──(bytes from the server)──► opening ──► open ──(bytes, either way)──► open
//        └──(a certificate or bytes that will not do)──► an error, after which nothing may be asked

internal import COpenSSL
internal import NIOCore

/// Owns OpenSSL's `SSL`. Not Sendable: it belongs to one connection on its event loop.
package final class TLSSession {
    private let ssl: OpaquePointer
    /// The session holds what it points to.
    private let policy: TLSPolicy
    private let host: String
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private(set) var isOpen = false

    /// The most bytes of one read.
    private static let readSize = 16_384

    /// - Parameter host: the name or the address that the server's certificate must have. Certificates have no name
    ///   with the dot of the root, and no server is asked for one (RFC 6066, section 3).
    package init(_ policy: TLSPolicy, host: String) {
        let host = host.hasSuffix(".") ? String(host.dropLast()) : host
        guard let ssl = SSL_new(policy.pointer), let incoming = BIO_new(BIO_s_mem()),
            let outgoing = BIO_new(BIO_s_mem())
        else { fatalError("no memory for TLS") }
        (self.ssl, self.policy, self.host, self.incoming, self.outgoing) = (ssl, policy, host, incoming, outgoing)
        // Both belong to the session from here on.
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_connect_state(ssl)
        // An address stands in another part of a certificate than a name, and is not announced.
        if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) != 1 {
            SSL_set1_host(ssl, host)
            var name = Array(host.utf8CString)
            _ = SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &name)
        }
    }

    deinit {
        SSL_free(ssl)
    }

    /// Takes bytes from the server.
    func receive(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { bytes in
            // A buffer in memory takes all.
            _ = BIO_write(incoming, bytes.baseAddress, Int32(bytes.count))
        }
    }

    /// Goes on with the handshake as far as the server's bytes allow.
    func handshake() throws(TLSFailure) {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        isOpen = result == 1
        if !isOpen, SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ { throw failure() }
    }

    /// Hides bytes for the server.
    func encrypt(_ bytes: ByteBuffer) throws(TLSFailure) {
        guard bytes.readableBytes > 0 else { return }
        ERR_clear_error()
        let written = bytes.withUnsafeReadableBytes { SSL_write(ssl, $0.baseAddress, Int32($0.count)) }
        guard written == bytes.readableBytes else { throw failure() }
    }

    /// The server's next bytes in the clear; nil until more have come.
    func decrypt(_ allocator: ByteBufferAllocator) throws(TLSFailure) -> ByteBuffer? {
        var bytes = allocator.buffer(capacity: Self.readSize)
        ERR_clear_error()
        let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.readSize) { target in
            max(0, Int(SSL_read(ssl, target.baseAddress, Int32(Self.readSize))))
        }
        if count > 0 { return bytes }
        switch SSL_get_error(ssl, 0) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_ZERO_RETURN: return nil
        default: throw failure()
        }
    }

    /// The bytes to send to the server; nil if there are none.
    func send(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        let count = BIO_ctrl_pending(outgoing)
        guard count > 0 else { return nil }
        var bytes = allocator.buffer(capacity: count)
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            max(0, Int(BIO_read(outgoing, target.baseAddress, Int32(count))))
        }
        return bytes
    }

    private func failure() -> TLSFailure {
        let verdict = SSL_get_verify_result(ssl)
        guard verdict == X509_V_OK else {
            let why = String(cString: X509_verify_cert_error_string(verdict))
            return TLSFailure("the certificate of \(host) is not trusted: \(why)")
        }
        return TLSFailure("no TLS with \(host): \(TLSPolicy.lastProblem())")
    }
}
