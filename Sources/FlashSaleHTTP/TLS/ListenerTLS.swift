// TLS of the API's listener: its certificate, read again when the files change, and the handler of a connection.
//
// A connection keeps the certificate that it began with, so that a new one drops nobody. A client that makes no
// handshake has sent no byte: the connection's own clock ends it.

internal import Glibc
internal import Logging
internal import NIOCore
internal import Textbook

#if TLS
    internal import NIOSSL

    /// The listener's half of TLS, by a certificate that is read again when it changes.
    public struct ListenerTLS: Sendable {
        private let watch: FileWatch<NIOSSLContext>

        /// Reads the files for the first time.
        public init(certificate: String, key: String) throws(FileProblem) {
            watch = try FileWatch([certificate, key]) { (content) throws(FileProblem) in
                try Self.context(content, of: (certificate, key))
            }
        }

        /// The handler of a new connection.
        func handler() -> any ChannelHandler { NIOSSLServerHandler(context: watch.value) }

        /// Looks for new files until its task is cancelled.
        func run(_ logger: Logger) async { await watch.run(logger) }

        /// Whether a connection ended by this error spoke no TLS, or none that we do.
        static func isFailedHandshake(_ error: any Error) -> Bool {
            if case .handshakeFailed? = error as? NIOSSLError { return true }
            return false
        }

        private static func context(
            _ content: [[UInt8]], of files: (certificate: String, key: String)
        ) throws(FileProblem) -> NIOSSLContext {
            guard let chain = try? NIOSSLCertificate.fromPEMBytes(content[0]), let own = chain.first else {
                throw FileProblem("\(files.certificate) holds no certificate in PEM")
            }
            guard let key = try? NIOSSLPrivateKey(bytes: content[1], format: .pem) else {
                throw FileProblem("\(files.key) holds no private key in PEM without a password")
            }
            let end = UTCTime(seconds: Int(own.notValidAfter))
            guard end.seconds > time(nil) else {
                throw FileProblem(
                    "the certificate in \(files.certificate) has expired at \(end.rfc3339(fractionDigits: 0))")
            }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            guard let context = try? NIOSSLContext(configuration: configuration) else {
                throw FileProblem("the key in \(files.key) is not that of the certificate in \(files.certificate)")
            }
            return context
        }
    }
#else
    /// A build without the package's trait TLS has none of these, and refuses settings that ask for one.
    public struct ListenerTLS: Sendable {
        public init(certificate: String, key: String) throws(FileProblem) {
            throw FileProblem("this build has no TLS; build with the package's trait TLS")
        }

        func handler() -> any ChannelHandler { preconditionFailure("nobody can have made this") }

        func run(_ logger: Logger) async {}

        static func isFailedHandshake(_ error: any Error) -> Bool { false }
    }
#endif
