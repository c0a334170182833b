// Certificates for the tests of TLS, made by OpenSSL's program.

import FoundationEssentials
import Glibc
import Testing

@testable import DevStack

/// An authority and what it has signed, in a directory of their own.
struct Certificates: Sendable {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    private let directory: String

    /// The file of the authority's own certificate.
    var authority: String { file("authority.pem") }

    /// Lends a new authority.
    static func with(_ body: (Certificates) async throws -> Void) async throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/flashsale-tls-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let certificates = Certificates(directory: path)
        try await certificates.openssl(
            ["req", "-x509", "-subj", "/CN=authority", "-days", "2", "-out", certificates.authority]
                + certificates.newKey("authority"))
        try await body(certificates)
    }

    /// A file beside the certificates, which goes with them.
    func file(_ name: String) -> String { "\(directory)/\(name)" }

    /// Makes a certificate for names such as `DNS:localhost`, and returns the files of it and of its key.
    ///
    /// - Parameter days: how long it is valid; negative for one that has expired.
    func make(_ names: String, days: Int = 2) async throws -> (certificate: String, key: String) {
        let name = "\(UInt32.random(in: 0 ... .max))"
        try await openssl(
            ["req", "-subj", "/CN=test", "-addext", "subjectAltName=\(names)", "-out", file("\(name).csr")]
                + newKey(name))
        try await openssl([
            "x509", "-req", "-in", file("\(name).csr"), "-CA", authority, "-CAkey", file("authority.key"),
            "-copy_extensions", "copy", "-days", String(days), "-out", file("\(name).pem"),
        ])
        return (file("\(name).pem"), file("\(name).key"))
    }

    private func newKey(_ name: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file("\(name).key")]
    }

    private func openssl(_ arguments: [String]) async throws {
        let process = try WatchedProcess(
            ["/usr/bin/openssl"] + arguments, lastSignal: .terminate, output: file("log"), lock: nil)
        let status = await process.watcher.end(within: .seconds(20))
        try #require(status == 0, "\((try? String(contentsOfFile: file("log"), encoding: .utf8)) ?? "")")
    }
}
