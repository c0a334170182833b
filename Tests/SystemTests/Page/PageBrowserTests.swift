// The buyer's page and the operators' console in Chromium: people use them, with scripts and without.

import Foundation
import Testing

extension SystemTests {
    @Suite("The pages in a browser", .enabled(if: Browser.isInstalled, "chromium, its driver or selenium is missing"))
    struct PageBrowserTests {
        /// The script's patience with all of its steps.
        private static let patience = Duration.seconds(180)

        @Test("From the crowd to an order, and an operator's day: each step works, looks right, is open to all")
        func steps() async throws {
            // Both wait for most of their time.
            async let buyer: Void = Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                try await Self.expect(12, of: "page", ["http://127.0.0.1:\(service.port)", Deployment.adminToken])
                await service.process.stop()
            }
            async let operations: Void = Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled([
                    "FLASHSALE_SALE_ITEMS": "40", "FLASHSALE_SALE_SECONDS": "3600",
                ])
                let addresses = [service.port, service.operationsPort].map { "http://127.0.0.1:\($0)" }
                try await Self.expect(15, of: "console", addresses + [Deployment.adminToken])
                await service.process.stop()
            }
            _ = try await (buyer, operations)
        }

        /// Expects that so many steps of a script go well, or more.
        private static func expect(_ count: Int, of script: String, _ arguments: [String]) async throws {
            let process = try Browser.run(script, arguments)
            let status = await process.end(within: patience)
            #expect(status == 0, "\(process.errors)")
            let rows = process.output.split(separator: "\n").map { $0.split(separator: "\t") }
            #expect(rows.count >= count, "\(process.output)")
            for row in rows { #expect(row.count == 2 && row.last == "ok", "\(row)") }
        }
    }
}

/// Chromium, and what drives it.
private enum Browser {
    private static let scripts = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("../../../scripts/browser").standardized

    /// A Python that has selenium; nil if neither has it: the one of the path, and the one of Debian's packages.
    private static let python = ["python3", "/usr/bin/python3"].first { python in
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-c", "import selenium"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/chromedriver") && python != nil

    static func run(_ script: String, _ arguments: [String]) throws -> ServiceProcess {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return try ServiceProcess(
            [python ?? "python3", scripts.appendingPathComponent(script).path] + arguments, program: "/usr/bin/env",
            settings: ["HOME": NSHomeDirectory(), "PATH": path])
    }
}
