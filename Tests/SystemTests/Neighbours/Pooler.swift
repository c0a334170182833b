// A private pgbouncer before a test's database.

import Foundation
import Testing

@testable import DevStack

/// It runs while its process lives, which ends with the tests'.
enum Pooler {
    static let isInstalled = program != nil

    /// Debian keeps it outside an ordinary user's PATH.
    private static let program = ["/usr/sbin", "/usr/bin", "/usr/local/bin"].map { "\($0)/pgbouncer" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Lends the URL of a database through a pooler.
    ///
    /// - Parameter mode: `session`, `transaction` or `statement`.
    static func with(mode: String, before url: String, _ body: (String) async throws -> Void) async throws {
        let directory = try TestDirectory("pooler")
        defer { directory.remove() }
        var parts = try #require(URLComponents(string: url))
        let (user, password) = (parts.user ?? "", parts.password ?? "")
        let port = try LoopbackPort.free()
        let settings = """
            [databases]
            * = host=127.0.0.1 port=\(parts.port ?? 5_432) user=\(user) password=\(password)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port.number)
            unix_socket_dir =
            auth_type = any
            pool_mode = \(mode)
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: directory.file("ini")))
        let process = try WatchedProcess(
            try await PostgresAccount.current().prefix + [try #require(program), directory.file("ini")],
            lastSignal: .terminate, output: directory.file("log"), lock: nil)
        try await until("the pooler listens") {
            try #require(process.watcher.exitStatus == nil, "\(directory.text("log"))")
            return !port.isFree
        }
        (parts.port, parts.password) = (Int(port.number), nil)
        try await body(try #require(parts.string))
        process.release()
        _ = await process.watcher.end(within: .seconds(10))
    }
}
