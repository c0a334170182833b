// Private sentinels that watch a private Redis and its replica.

import Foundation
import Testing

@testable import DevStack

/// Three of Redis's own sentinels. They run while their processes live, which end with the tests'.
struct Sentinels {
    private static let service = "gate"
    private static let count = 3

    private let processes: [WatchedProcess]
    private let ports: [LoopbackPort]
    private let directory: TestDirectory

    /// Starts sentinels that take a master for gone after half a second.
    init(of master: RedisConsole) async throws {
        directory = try TestDirectory("sentinels")
        let program = try ServerProgram.find("redis-server", package: "redis-server")
        var (processes, ports): ([WatchedProcess], [LoopbackPort]) = ([], [])
        for number in 0..<Self.count {
            let port = try LoopbackPort.free()
            let settings = """
                bind 127.0.0.1
                port \(port.number)
                dir "\(directory.path)"
                sentinel monitor \(Self.service) 127.0.0.1 \(master.port) 2
                sentinel auth-pass \(Self.service) \(master.password)
                sentinel down-after-milliseconds \(Self.service) 500
                sentinel failover-timeout \(Self.service) 3000

                """
            let file = directory.file("sentinel-\(number).conf")
            try Data(settings.utf8).write(to: URL(fileURLWithPath: file))
            processes.append(
                try WatchedProcess(
                    [program, file, "--sentinel"], lastSignal: .terminate, output: directory.file("log-\(number)"),
                    lock: nil))
            ports.append(port)
        }
        (self.processes, self.ports) = (processes, ports)
        let sentinels = consoles
        try await until("the sentinels know one another and the replica") {
            sentinels.allSatisfy { sentinel in
                sentinel.send("SENTINEL CKQUORUM \(Self.service)")?.hasPrefix("+OK 3 usable") == true
                    && sentinel.send("SENTINEL REPLICAS \(Self.service)") == "*1"
            }
        }
    }

    /// Makes them promote the replica of a master that is well.
    func failOver() {
        #expect(consoles[0].send("SENTINEL FAILOVER \(Self.service)") == "+OK")
    }

    /// The URL of a service that asks them.
    func url(password: String) -> String {
        let places = ports.map { "127.0.0.1:\($0.number)" }.joined(separator: ",")
        return "redis+sentinel://:\(password)@\(places)/\(Self.service)"
    }

    func stop() async {
        for process in processes {
            process.release()
            _ = await process.watcher.end(within: .seconds(10))
        }
        directory.remove()
    }

    /// They ask for no password, and say so to a console that sends one.
    private var consoles: [RedisConsole] { ports.map { RedisConsole(url: "redis://:none@127.0.0.1:\($0.number)/0") } }
}
