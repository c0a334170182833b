// deploy/systemd: the units against systemd's own judgement, and against what the service does.

import FlashSaleHTTP
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import FlashSaleCLI

@Suite("The units of systemd")
struct SystemdTests {
    private static let isInstalled = Promtool.path(of: "systemd-analyze") != nil
    private static let service = Checkout.text("deploy/systemd/flashsale.service")
    private static let socket = Checkout.text("deploy/systemd/flashsale.socket")

    @Test("systemd understands each line", .enabled(if: isInstalled, "systemd-analyze is not installed"))
    func verify() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("units-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        var paths: [String] = []
        for name in ["flashsale.service", "flashsale.socket", "flashsale-migrate.service"] {
            let file = directory.appendingPathComponent(name)
            // The program is not installed here.
            let text = Checkout.text("deploy/systemd/\(name)").replacing("/usr/bin/flashsale", with: "/bin/true")
            try Data(text.utf8).write(to: file)
            paths.append(file.path)
        }
        let (status, output) = try Promtool.run("systemd-analyze", ["verify", "--man=no"] + paths)
        #expect(status == 0 && output.isEmpty, "\(output)")
    }

    @Test("The service may do little more than serve", .enabled(if: isInstalled, "systemd-analyze is not installed"))
    func security() throws {
        let path = Checkout.root.appendingPathComponent("deploy/systemd/flashsale.service").path
        // Of 100. An ordinary service has 96.
        let (status, output) = try Promtool.run(
            "systemd-analyze", ["security", "--offline=true", "--threshold=15", "--no-pager", path])
        #expect(status == 0, "\(output)")
    }

    @Test("Its times fit the service's")
    func times() throws {
        func seconds(_ name: String) throws -> Int {
            let pattern = try Regex("(?m)^\(name)=([0-9]+)$", as: (Substring, Substring).self)
            return try #require(Self.service.firstMatch(of: pattern).flatMap { Int($0.output.1) })
        }
        let limits = Settings().http.limits
        let longest = limits.drainNotice + limits.operatorTimeout + limits.requestTimeout
        #expect(try Duration.seconds(seconds("TimeoutStopSec")) > longest)
        // The start asks five questions, and waits half a minute for each.
        #expect(try seconds("TimeoutStartSec") > 5 * 30)
    }

    @Test("The socket is the API's, and the file of settings has settings")
    func names() throws {
        #expect(Self.socket.contains("\nFileDescriptorName=api\n"))
        #expect(Self.socket.contains("\nListenStream=\(Settings().http.api.port)\n"))
        let lines = Checkout.text("deploy/systemd/flashsale.env").split(separator: "\n")
        let settings = lines.compactMap { $0.firstMatch(of: #/^#?(FLASHSALE_[A-Z_]+)=(.*)$/#) }
        #expect(settings.count >= 3)
        for match in settings {
            let (name, value) = (String(match.1), String(match.2))
            #expect(
                value.isEmpty ? Setting.all.contains { $0.variable == name } : Setting.complaint(of: name, value) == nil
            )
        }
    }

    @Test("Nothing is said without a supervisor that can be reached", arguments: [nil, "", "/", "relative", "vsock:1"])
    func unreachable(name: String?) {
        let environment = name.map { ["NOTIFY_SOCKET": $0] } ?? [:]
        #expect(Supervisor(environment: environment) == nil)
    }

    @Test("Sockets that were passed to another process are not ours")
    func otherProcess() throws {
        var http = Settings().http
        try InheritedSockets.adopt(into: &http, environment: ["LISTEN_FDS": "1", "LISTEN_PID": "1"], process: 2)
        #expect(http.api == Settings().http.api)
    }

    @Test("A loop that stands still gives no sign of life", .timeLimit(.minutes(1)))
    func standstill() async throws {
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let (stuck, turning) = (loops.next(), loops.next())
        let release = DispatchSemaphore(value: 0)
        stuck.execute { release.wait() }
        let (signs, sign) = AsyncStream<Void>.makeStream()
        let count = Mutex(0)
        let watch = Task {
            await Supervisor.repeatedly(every: .milliseconds(10), whileTurning: loops) {
                count.withLock { $0 += 1 }
                sign.yield()
            }
        }
        try await turning.scheduleTask(in: .milliseconds(200)) {}.futureResult.get()
        #expect(count.withLock { $0 } == 0)
        release.signal()
        for await _ in signs { break }
        watch.cancel()
        await watch.value
        try await loops.shutdownGracefully()
    }
}
