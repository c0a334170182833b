// `flashsale dev` from the outside: its output, and that it leaves nothing behind.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("flashsale dev")
    struct DevCommandTests {
        @Test("It prints its URLs and serves, and leaves no process and no file, however it ends")
        func lives() async throws {
            // Each waits for its servers for most of the time.
            async let interrupted: Void = Self.live(until: .interrupt)
            async let hungUp: Void = Self.live(until: .hangup)
            async let killed: Void = Self.live(until: .kill)
            _ = try await (interrupted, hungUp, killed)
        }

        private static func live(until signal: ServerSignal) async throws {
            let home = try TestDirectory("dev")
            defer { home.remove() }
            let temporary = try TestDirectory("dev-tmp")
            defer { temporary.remove() }
            let dev = try ServiceProcess(
                ["dev", "--data-dir", home.file("data"), "--http-port", "0", "--ops-port", "0"],
                settings: [
                    "HOME": home.path, "TMPDIR": temporary.path, "FLASHSALE_SALE_SECONDS": "2592000",
                    // The shell of somebody who uses another Postgres.
                    "PGHOSTADDR": "127.0.0.9", "PGOPTIONS": "-c search_path=other", "PGSSLMODE": "require",
                ])
            let urls = try await eventually("dev prints its URLs", within: .seconds(60)) {
                try #require(!dev.hasEnded, "\(dev.errors)")
                return dev.output.contains("admin token") ? Self.urls(in: dev.output) : nil
            }
            for name in ["Its sale is open", "API", "metrics", "Postgres", "Redis", "admin token"] {
                #expect(dev.output.contains(name), "\(dev.output)")
            }
            #expect((dev.output + dev.errors).contains("PGHOSTADDR, PGOPTIONS, PGSSLMODE: `flashsale dev` has"))
            let port = try #require(urls.first.flatMap { URL(string: $0)?.port })
            try await Self.shop(at: port)
            // Prometheus takes seconds to see a new target, so once is enough.
            if signal == .interrupt {
                try await Self.expectScrapes(by: try #require(urls.first { $0.hasSuffix("/alerts") }))
            }

            let root = try #require(dev.id)
            let family = [root] + Self.descendants(of: root)
            #expect(family.count > 4, "the service, two servers and those that watch over them")
            dev.send(signal)
            #expect(await dev.end() == (signal == .kill ? 137 : 0), "\(dev.errors)")
            _ = try await eventually("the processes of dev end") {
                family.contains(where: Self.isAlive) ? nil : true
            }
            #expect(home.names == ["data"])
            #expect(temporary.names == [])
        }

        @Test("It ends with its terminal", .enabled(if: Terminal.isInstalled))
        func terminal() async throws {
            let home = try TestDirectory("dev")
            defer { home.remove() }
            let terminal = try ServiceProcess(
                ["dev", "--data-dir", home.file("data"), "--http-port", "0", "--ops-port", "0"],
                settings: ["HOME": home.path, "TERM": "xterm"], shell: Terminal.shell())
            _ = try await eventually("dev is up", within: .seconds(60)) {
                try #require(!terminal.hasEnded, "\(terminal.output)")
                return terminal.output.contains("admin token") ? true : nil
            }
            let family = Self.descendants(of: try #require(terminal.id))
            #expect(family.count > 4, "the service, two servers and those that watch over them")
            // Its window goes without a word to the service; the kernel sends SIGHUP.
            terminal.send(.kill)
            _ = try await eventually("the processes of dev end") {
                family.contains(where: Self.isAlive) ? nil : true
            }
        }

        @Test(
            "It listens on addresses of IPv6 where the machine has none but its loopback's, and one of IPv4",
            .enabled(if: Platform.mayRun("unshare --net --map-root-user ip link set lo up"), "no network of its own"))
        func loopbackOfIPv6() async throws {
            let home = try TestDirectory("dev")
            defer { home.remove() }
            let dev = try ServiceProcess(
                [
                    "dev", "--data-dir", home.file("data"), "--http-host", "::", "--http-port", "0", "--ops-host",
                    "::1", "--ops-port", "0",
                ],
                settings: ["HOME": home.path], shell: Self.network)
            _ = try await eventually("dev is up", within: .seconds(60)) {
                try #require(!dev.hasEnded, "\(dev.errors)")
                return dev.output.contains("admin token") ? true : nil
            }
            #expect(dev.output.contains("metrics      http://[::1]:"), "\(dev.output)")
            await dev.stop()
        }

        @Test(
            "Its servers and it listen on the address that the loopback interface has",
            .enabled(if: Platform.mayRun("unshare --net --map-root-user ip link set lo up"), "no network of its own"),
            arguments: [("127.0.0.1/8", "[::1]"), ("::1/128", "127.0.0.1")])
        func loopback(missing: String, host: String) async throws {
            let home = try TestDirectory("dev")
            defer { home.remove() }
            let dev = try ServiceProcess(
                ["dev", "--data-dir", home.file("data"), "--http-port", "0", "--ops-port", "0"],
                settings: ["HOME": home.path],
                shell: """
                    exec unshare --net --map-root-user sh -c '
                        ip link set lo up && ip address del \(missing) dev lo && exec "$@"' sh "$@" > "$out" 2> "$err"
                    """)
            _ = try await eventually("dev is up", within: .seconds(60)) {
                try #require(!dev.hasEnded, "\(dev.errors)")
                return dev.output.contains("admin token") ? true : nil
            }
            for part in ["page         http://", "metrics      http://", "@"] {
                #expect(dev.output.contains("\(part)\(host):"), "\(dev.output)")
            }
            await dev.stop()
        }

        /// Starts the program in a network of its own, where the resolver knows no address of IPv6.
        private static let network = """
            exec unshare --net --map-root-user sh -c '
                ip link set lo up && ip address add 10.9.9.9/32 dev lo && exec "$@"' sh "$@" > "$out" 2> "$err"
            """

        /// A sale is on as soon as dev says so, and a buyer can check out and purchase.
        private static func shop(at port: Int) async throws {
            let statuses = try await Crowd.run(1, ports: [port]) { connections, _ in
                let answer = try connections[0].send("GET", "/sales/active")
                let sale = answer.status == 200 ? answer.string("id").flatMap { Int($0) } : nil
                return try Shopper(0, in: sale ?? 0).checkOutAndPurchase(over: connections)
            }
            #expect(statuses == [[200, 200]])
        }

        /// Expects that Prometheus scrapes the service on the port that it took.
        private static func expectScrapes(by page: String) async throws {
            let prometheus = LoopbackPort(number: try #require(URL(string: page)?.port))
            let question = Array("GET /api/v1/query?query=up%3D%3D1 HTTP/1.0\r\n\r\n".utf8)
            _ = try await eventually("Prometheus reaches the service") {
                let answer = String(decoding: prometheus.answer(to: question), as: UTF8.self)
                return answer.contains(#""job":"flashsale""#) ? true : nil
            }
        }

        private static func urls(in output: String) -> [String] {
            output.split(whereSeparator: \.isWhitespace).map(String.init).filter { $0.hasPrefix("http://") }
        }

        /// The child processes of this one, and theirs.
        private static func descendants(of process: pid_t) -> [pid_t] {
            let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
            let children = tasks.flatMap { task in
                read("/proc/\(process)/task/\(task)/children").split(separator: " ").compactMap { pid_t($0) }
            }
            return children + children.flatMap(descendants)
        }

        private static func isAlive(_ process: pid_t) -> Bool {
            let stat = read("/proc/\(process)/stat")
            guard let name = stat.lastIndex(of: ")") else { return false }
            return !stat[name...].hasPrefix(") Z")
        }

        /// Reads a file of /proc, whose size is not known before.
        private static func read(_ path: String) -> String {
            guard let file = fopen(path, "r") else { return "" }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 1 << 16)
            let count = fread(&bytes, 1, bytes.count, file)
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
}
