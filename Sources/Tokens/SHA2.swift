// SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104), by OpenSSL.

internal import COpenSSL
internal import Textbook

/// SHA-256 and what is made of it.
package enum SHA2 {
    /// OpenSSL looks an algorithm up by its name, which takes longer than to hash a few bytes: it is done once.
    nonisolated(unsafe) private static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    package static func digest(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBufferPointer(digest) }

    package static func digest(_ text: Substring) -> [UInt8] {
        var text = text
        return text.withUTF8(digest)
    }

    private static func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            EVP_Digest(bytes.baseAddress, bytes.count, buffer.baseAddress, nil, algorithm, nil)
            count = 32
        }
    }

    /// The 64 hexadecimal digits of a text's digest: `printf %s TEXT | sha256sum`.
    package static func digits(of text: String) -> String {
        let digest = digest(text[...])
        let word = { (first: Int) in digest[first..<first + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        return String(hexadecimal: word(0), word(8)) + String(hexadecimal: word(16), word(24))
    }

    /// A short name for something that must not be shown: the first eight of the digits.
    package static func shortName(of text: String) -> String { String(digits(of: text).prefix(8)) }

    /// In a time that does not depend on the content.
    package static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }
}

/// A key of HMAC-SHA256 that any number of threads may use. OpenSSL has taken it in once, so a message costs only its
/// own blocks.
package final class SHA2Key: Hashable, @unchecked Sendable {
    nonisolated(unsafe) private static let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)

    private let secret: [UInt8]
    /// Stands before the first byte of a message. Each message works on a copy.
    private let start: OpaquePointer

    package init(_ secret: [UInt8]) {
        self.secret = secret
        guard let context = EVP_MAC_CTX_new(Self.algorithm) else { preconditionFailure("OpenSSL has no HMAC") }
        start = context
        var hash = Array("SHA256".utf8CString)
        hash.withUnsafeMutableBufferPointer { hash in
            let parameters = [
                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash.baseAddress, 0),
                OSSL_PARAM_construct_end(),
            ]
            let isReady = EVP_MAC_init(context, secret, secret.count, parameters) == 1
            precondition(isReady, "OpenSSL has no SHA-256")
        }
    }

    deinit { EVP_MAC_CTX_free(start) }

    package func authenticate(_ message: [UInt8]) -> [UInt8] {
        let context = EVP_MAC_CTX_dup(start)
        defer { EVP_MAC_CTX_free(context) }
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            EVP_MAC_update(context, message, message.count)
            EVP_MAC_final(context, buffer.baseAddress, &count, 32)
        }
    }

    package static func == (one: SHA2Key, other: SHA2Key) -> Bool { one.secret == other.secret }

    package func hash(into hasher: inout Hasher) { hasher.combine(secret) }
}
