// Whom the client trusts, and its own certificate, as OpenSSL has read them.

internal import COpenSSL
internal import Glibc

/// Owns OpenSSL's `SSL_CTX`, which any number of threads may use once it is set up.
package final class TLSPolicy: @unchecked Sendable {
    let pointer: OpaquePointer

    /// - Parameters:
    ///   - authorities: the file of those that the server's certificate may come from; nil for the system's.
    ///   - certificate: the file of the client's certificate, and others up to its authority.
    ///   - key: the file of its key; nil if that is in the same file.
    /// - Throws: a sentence that names the file that cannot be used.
    package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) throws(TLSFailure) {
        guard let pointer = SSL_CTX_new(TLS_client_method()) else { fatalError("no memory for TLS") }
        self.pointer = pointer
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
        _ = SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        ERR_clear_error()
        if let authorities {
            try Self.check(SSL_CTX_load_verify_file(pointer, authorities), "certificates", authorities)
        } else {
            _ = SSL_CTX_set_default_verify_paths(pointer)
        }
        if let certificate {
            try Self.check(SSL_CTX_use_certificate_chain_file(pointer, certificate), "a certificate", certificate)
            let key = key ?? certificate
            try Self.check(SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM), "the certificate's key", key)
        }
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    private static func check(_ result: Int32, _ what: String, _ file: String) throws(TLSFailure) {
        guard result != 1 else { return }
        throw TLSFailure("\(file) cannot be read as \(what) in PEM (\(lastProblem()))")
    }

    /// What OpenSSL says of the last failure on this thread, or the system, if that was the first to fail.
    static func lastProblem() -> String {
        let first = ERR_peek_error()
        if first & systemFlag != 0 { return String(cString: strerror(CInt(first & (systemFlag - 1)))) }
        return ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "an unexpected end"
    }

    /// ERR_SYSTEM_FLAG, a macro: the other bits are an errno.
    private static let systemFlag: UInt = 1 << 31
}
