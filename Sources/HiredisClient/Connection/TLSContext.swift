// What the client's TLS connections share: whom to trust, and the client's own certificate.

internal import Synchronization
internal import TLSClient
internal import Telemetry

/// The files of TLS as OpenSSL has read them. They are read again for a connection more than a second later, so that a
/// renewed certificate needs no restart, and a server that is away costs no reading.
final class TLSContext: Sendable {
    private struct Loaded {
        let policy: TLSPolicy
        let readAt: MonotonicTime
    }

    private static let ageMax = Duration.seconds(1)

    private let files: RedisConfiguration.TLSFiles
    private let loaded = Mutex<Loaded?>(nil)

    init(_ files: RedisConfiguration.TLSFiles) {
        self.files = files
    }

    /// A session with a server.
    ///
    /// - Parameter host: the name or the address that the server's certificate must have.
    /// - Throws: `RedisError` that names the file that cannot be used.
    func session(with host: String) throws(RedisError) -> TLSSession {
        let files = files
        let current = try loaded.withLock { loaded throws(RedisError) in
            if let loaded, MonotonicTime.now < loaded.readAt + Self.ageMax { return loaded.policy }
            do throws(TLSFailure) {
                let policy = try TLSPolicy(
                    authorities: files.authorities, certificate: files.certificate, key: files.key)
                loaded = Loaded(policy: policy, readAt: .now)
                return policy
            } catch {
                throw RedisError(.configuration, error.description)
            }
        }
        return TLSSession(current, host: host)
    }
}

extension RedisError {
    /// A failure of TLS; nil for any other error.
    init?(ofTLS error: any Error) {
        guard let error = error as? TLSFailure else { return nil }
        self.init(.connectionFailed, error.description)
    }
}
