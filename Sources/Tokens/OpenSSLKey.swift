// A key as OpenSSL knows it: it checks signatures, and makes them if it is private.

internal import COpenSSL

/// Owns OpenSSL's `EVP_PKEY`, which any number of threads may use once it is made.
final class OpenSSLKey: @unchecked Sendable {
    private let pointer: OpaquePointer

    private init?(_ pointer: OpaquePointer?) {
        guard let pointer else {
            ERR_clear_error()
            return nil
        }
        self.pointer = pointer
    }

    deinit {
        EVP_PKEY_free(pointer)
    }

    static func ed25519(_ point: [UInt8]) -> OpenSSLKey? {
        OpenSSLKey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, point, point.count))
    }

    /// The point of an elliptic curve's public key before its coordinates, in DER: id-ecPublicKey on prime256v1.
    private static let p256Prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
        0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ]

    /// Nil if the point is not on the curve.
    static func p256(x: [UInt8], y: [UInt8]) -> OpenSSLKey? {
        let bytes = p256Prefix + x + y
        return bytes.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return OpenSSLKey(d2i_PUBKEY(nil, &start, buffer.count))
        }
    }

    static func rsa(modulus: [UInt8], exponent: [UInt8]) -> OpenSSLKey? {
        let bytes = DER.element(DER.sequenceTag, DER.integer(modulus) + DER.integer(exponent))
        return bytes.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return OpenSSLKey(d2i_PublicKey(EVP_PKEY_RSA, nil, &start, buffer.count))
        }
    }

    /// A private key in PEM, without a password.
    static func fromPEM(_ bytes: [UInt8]) -> OpenSSLKey? {
        let file = BIO_new_mem_buf(bytes, Int32(bytes.count))
        defer { BIO_free(file) }
        return OpenSSLKey(PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in 0 }, nil))
    }

    /// What this key can sign with; nil for other kinds of keys.
    var algorithm: TokenAlgorithm? {
        switch EVP_PKEY_get_id(pointer) {
        case EVP_PKEY_ED25519: .edDSA
        case EVP_PKEY_EC: EVP_PKEY_get_bits(pointer) == 256 ? .es256 : nil
        case EVP_PKEY_RSA: .rs256
        default: nil
        }
    }

    /// The public half, as `SubjectPublicKeyInfo` in DER.
    var published: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(i2d_PUBKEY(pointer, nil))) { buffer, count in
            var start = buffer.baseAddress
            count = Int(i2d_PUBKEY(pointer, &start))
        }
    }

    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        let context = EVP_MD_CTX_new()
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, digest, nil, pointer) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// Nil for a key that is not private.
    func sign(_ message: [UInt8]) -> [UInt8]? {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var count = 0
        guard EVP_DigestSignInit(context, nil, digest, nil, pointer) == 1,
            EVP_DigestSign(context, nil, &count, message, message.count) == 1
        else { return nil }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { return nil }
        return Array(signature.prefix(count))
    }

    /// Ed25519 hashes by itself.
    private var digest: OpaquePointer? { algorithm == .edDSA ? nil : EVP_sha256() }
}
