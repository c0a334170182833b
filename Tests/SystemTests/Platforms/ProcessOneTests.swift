// Programs as process 1 of a container, whose signals the kernel drops unless somebody handles them.

import Foundation
import Testing

extension SystemTests {
    @Suite(
        "As process 1 of a container",
        .enabled(if: Platform.mayRun("unshare --pid --fork --map-root-user true"), "no process may be the first"))
    struct ProcessOneTests {
        private static let container =
            #"exec unshare --pid --fork --kill-child --map-root-user "$@" > "$out" 2> "$err""#

        @Test("A command that waits for its database is ended by a signal", arguments: [SIGTERM, SIGINT])
        func waiting(signal: CInt) async throws {
            try await SilentPort.with { port in
                let url = "postgres://a:b@127.0.0.1:\(port)/none"
                let process = try ServiceProcess(
                    ["audit"], settings: ["FLASHSALE_DATABASE_URL": url], shell: Self.container)
                _ = try await eventually("the signal ends it") {
                    for child in Self.children(of: process.id) { kill(child, signal) }
                    return process.hasEnded ? true : nil
                }
                #expect(await process.end() == 128 + signal, "\(process.errors)")
            }
        }

        private static func children(of id: pid_t?) -> [pid_t] {
            guard let id else { return [] }
            let path = "/proc/\(id)/task/\(id)/children"
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return text.split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
        }
    }
}
