// Certificates for one test of the listener, made by openssl: self-signed, for the loopback interface.

import Foundation
import NIOSSL
import Testing

@testable import FlashSaleHTTP

/// A certificate file and a key file, as they stand before a listener, and others to put in their place.
struct ListenerFiles: Sendable {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    let directory: String

    var certificate: String { file("tls.pem") }
    var key: String { file("tls.key") }

    /// Lends certificates `one`, `two` and `expired`, each with its key; `one` stands before the listener. `locked.key`
    /// is a key with a password.
    static func with<Result>(_ body: (ListenerFiles) async throws -> Result) async throws -> Result {
        let path = "\(FileManager.default.temporaryDirectory.path)/listener-tls-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let files = ListenerFiles(directory: path)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", script, "sh", path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        try files.put("one")
        return try await body(files)
    }

    func file(_ name: String) -> String { "\(directory)/\(name)" }

    func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: file(name), atomically: true, encoding: .utf8)
    }

    /// Puts a certificate, and a key, before the listener.
    func put(_ name: String, key: String? = nil) throws {
        try write(try text("\(key ?? name).key"), to: "tls.key")
        try write(try text("\(name).pem"), to: "tls.pem")
    }

    /// A client that trusts one certificate alone.
    func client(trusting name: String, _ change: (inout TLSConfiguration) -> Void = { _ in }) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file("\(name).pem")))
        change(&configuration)
        return try NIOSSLContext(configuration: configuration)
    }

    private static let script = """
        cd "$1"
        for name in one two expired; do
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=listener \\
                -addext subjectAltName=IP:127.0.0.1 -keyout $name.key -out $name.csr
            days=2
            [ $name = expired ] && days=-1
            openssl x509 -req -in $name.csr -signkey $name.key -copy_extensions copy -days $days -out $name.pem
        done
        openssl ec -aes128 -passout pass:secret -in one.key -out locked.key
        """
}
