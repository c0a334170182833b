// The certificates that a collector with TLS must show, and the service's own.

internal import NIOCore

#if TLS
    internal import NIOSSL

    /// The certificates of connections to a collector, loaded once.
    struct CollectorTrust: Sendable {
        private let context: NIOSSLContext

        /// - Parameters:
        ///   - authorities: a PEM file of the trusted certificates; nil for the system's.
        ///   - identity: PEM files of the service's own certificate and its key, for collectors that ask for it.
        /// - Throws: if a file cannot be read or holds something else.
        init(authorities: String?, identity: (certificate: String, key: String)? = nil) throws {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            if let authorities {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
            }
            if let identity {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate)
                    .map { .certificate($0) }
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
            }
            context = try NIOSSLContext(configuration: configuration)
        }

        /// A handler for a connection to a host. The host's certificate must be for its name, or for its address if
        /// the URL has one.
        func handler(for host: String) throws -> NIOSSLClientHandler {
            let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
            return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
        }
    }
#else
    /// A build without the package's trait TLS has none of these, and refuses settings that ask for one.
    enum CollectorTrust: Sendable {
        init(authorities: String?, identity: (certificate: String, key: String)? = nil) throws {
            throw TLSMissing()
        }

        func handler(for host: String) throws -> any ChannelHandler {
            switch self {}
        }
    }

    struct TLSMissing: Error, CustomStringConvertible {
        let description = "this build has no TLS; build with the package's trait TLS"
    }
#endif
