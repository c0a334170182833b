// A service on machines that grant it little.

import Foundation
import Testing

@testable import DevStack

extension SystemTests {
    @Suite("On platforms that grant little")
    struct PlatformTests {
        @Test(
            "Nothing can be written, /tmp neither, and 1,024 files be open: it sells, and shows metrics and a profile",
            .enabled(if: Platform.mayMount, "this user may not mount"))
        func readOnly() async throws {
            try await Deployment.with { deployment in
                let service = try await ServeProcess(
                    Self.unscheduled(deployment), within: .init(filesMax: 1_024), shell: Self.readOnlyShell)
                #expect(service.process.errors.contains("nothing can be written"))
                try await Self.sellOut(service, items: 20)
                #expect(try await service.ask("GET", "/health", ofOperations: true).status == 200)
                for page in ["/metrics", "/debug/pprof/profile?seconds=1", "/debug/pprof/allocs"] {
                    #expect(try await service.ask("GET", page, ofOperations: true).status == 200)
                }
                try await deployment.audit()
                await service.process.stop()
            }
        }

        @Test(
            "The language and the character set of the process change nothing, nor do closed streams",
            arguments: ["C", "tr_TR.UTF-8"])
        func language(locale: String) async throws {
            try await Deployment.with { deployment in
                let settings = Self.unscheduled(deployment)
                let neutral = try await ServeProcess(settings, shell: #"exec "$@" > "$out" <&- 2>&-"#)
                let files = "/proc/\(try #require(neutral.process.id))/fd"
                for stream in ["0", "2"] {
                    let file = try FileManager.default.destinationOfSymbolicLink(atPath: "\(files)/\(stream)")
                    #expect(file == "/dev/null", "no connection takes the number of a stream")
                }
                let sale = try await neutral.createSale(items: 5)
                let service = try await ServeProcess(settings.merging(["LANG": locale, "LC_ALL": locale]) { $1 })
                #expect(try await service.activeSale() == sale)
                let page = "/sales/\(sale)/items"
                #expect(try await service.ask("GET", page).body == neutral.ask("GET", page).body)
                let odd = "/checkout?user_id=%C4%B0%C3%A4&id=ITM-\(sale)-1"
                #expect(try await service.ask("POST", odd).json["errors"] as? [String: String] != nil)
                #expect(try await service.ask("POST", "/checkout?user_id=II&id=ITM-\(sale)-1").status == 200)
                await service.process.stop()
                await neutral.process.stop()
            }
        }

        @Test("It reaches stores that have IPv6 addresses only")
        func stores() async throws {
            var redisSetup = PrivateRedis.Configuration.ephemeral
            redisSetup.settings = ["bind 127.0.0.1 ::1"]
            let redis = try await PrivateRedis.start(redisSetup)
            var postgresSetup = PrivatePostgres.Configuration.ephemeral
            postgresSetup.settings = ["listen_addresses": "127.0.0.1,::1"]
            let postgres = try await PrivatePostgres.start(postgresSetup)
            let url = postgres.url.replacing("127.0.0.1", with: "[::1]")
            try await Deployment.migrate(url)
            let deployment = Deployment(
                databaseURL: url, redisURL: redis.url.replacing("127.0.0.1", with: "[::1]"),
                ledger: try LedgerReader(url: url))
            let service = try await ServeProcess(Self.unscheduled(deployment))
            try await Self.sellOut(service, items: 10)
            let health = try await service.ask("GET", "/health", ofOperations: true)
            #expect((health.json["redis"] as? [String: String])?["address"] == "[::1]:\(redis.port)")
            try await deployment.audit()
            await service.process.stop()
            await deployment.ledger.close()
            await postgres.stop()
            await redis.stop()
        }

        @Test(
            "Without /proc a program knows its arguments", .enabled(if: Platform.mayMount, "this user may not mount"),
            arguments: ["flashsale", "flashsale-load"])
        func noProc(program: String) async throws {
            let shell = """
                exec unshare --mount --map-root-user sh -c '
                    mount -t tmpfs none /proc && exec "$@"' sh "$@" > "$out" 2> "$err"
                """
            let process = try ServiceProcess(["--version"], program: program, shell: shell)
            #expect(await process.end() == 0)
            #expect(process.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(process.output)\(process.errors)")
        }

        @Test(
            "Behind a preloaded library that sets a variable, as that of faketime, a program knows its arguments",
            .enabled(if: Platform.mayRun("command -v clang"), "clang is not in PATH"),
            arguments: ["flashsale", "flashsale-load"])
        func preloaded(program: String) async throws {
            let shell = """
                echo '#include <stdlib.h>
                __attribute__((constructor)) static void sets(void) { setenv("PRELOADED", "yes", 1); }' > "$out.c"
                clang -shared -fPIC -o "$out.so" "$out.c" || exit 70
                LD_PRELOAD="$out.so" exec "$@" > "$out" 2> "$err"
                """
            let process = try ServiceProcess(["--version"], program: program, shell: shell)
            #expect(await process.end() == 0)
            #expect(process.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(process.output)\(process.errors)")
        }

        @Test("64 files are enough for commands that serve nobody")
        func files() async throws {
            try await Deployment.with { deployment in
                let stores = ["--database-url", deployment.databaseURL, "--redis-url", deployment.redisURL]
                for command in ["migrate", "audit"] {
                    let process = try ServiceProcess([command] + stores, within: .init(filesMax: 64))
                    #expect(await process.end() == 0, "\(process.errors)")
                }
            }
        }

        @Test(
            "128 MB of memory are enough to sell out",
            .enabled(if: SmallMemory.isPermitted, "this user may not limit memory"))
        func memory() async throws {
            let memory = try SmallMemory(megabytes: 128)
            try await Deployment.with { deployment in
                let service = try await ServeProcess(Self.unscheduled(deployment), shell: memory.shell)
                try await Self.sellOut(service, items: 1_000)
                try await deployment.audit()
                await service.process.stop()
            }
            memory.remove()
        }

        private static func unscheduled(_ deployment: Deployment) -> [String: String] {
            deployment.settings.merging(["FLASHSALE_SCHEDULER": "off"]) { $1 }
        }

        private static func sellOut(_ service: ServeProcess, items: Int) async throws {
            let sale = try await service.createSale(items: items)
            let bought = try await Crowd.run(items, ports: [service.port]) {
                try Shopper($1, in: sale).checkOutAndPurchase(over: $0)
            }
            #expect(bought.allSatisfy { $0 == [200, 200] })
        }

        /// Starts the program where no file system can be written.
        private static let readOnlyShell = """
            exec unshare --mount --map-root-user sh -c '
                mount --make-rprivate /
                while read -r _ _ _ _ place _; do
                    mount -o remount,bind,ro "$place" 2> /dev/null
                done < /proc/self/mountinfo
                mount -t tmpfs -o ro none /tmp
                for place in / /tmp /var/tmp "$HOME"; do ! touch "$place/file" 2> /dev/null || exit 9; done
                echo nothing can be written >&2
                exec "$@"' sh "$@" > "$out" 2> "$err"
            """
    }
}

/// A group of processes that may have little memory.
private struct SmallMemory {
    /// The memory controller of version 1.
    private static let root = "/sys/fs/cgroup/memory"
    static let isPermitted = Platform.mayRun("d=\(root)/flashsale-may-$$; mkdir $d && rmdir $d")

    private let directory: String
    /// Starts the program in it.
    let shell: String

    init(megabytes: Int) throws {
        directory = "\(Self.root)/flashsale-test-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        shell = """
            echo \(megabytes << 20) > \(directory)/memory.limit_in_bytes || exit 9
            echo $$ > \(directory)/cgroup.procs || exit 9
            exec "$@" > "$out" 2> "$err"
            """
    }

    func remove() { rmdir(directory) }
}
